/** Prepares the next item of an epoch while the current one is in use. */

/** What came of reading an item: it, or the error that is due when its turn comes. */
type Outcome<T> = { item: IteratorResult<T, void> } | { error: unknown };

/**
 * The items of `source`, of which the next one is always being read. An error is thrown when the turn of its item comes. When
 * the consumer leaves early, the item that was prepared is disposed and `source` is closed.
 *
 * @param dispose frees an item that nobody takes
 * @param limit ends after so many items and reads no more of them
 */
export async function* prefetch<T>(
  source: AsyncGenerator<T, void, undefined>,
  dispose: (item: T) => void,
  limit = Infinity,
): AsyncGenerator<T, void, undefined> {
  const read = (): Promise<Outcome<T>> =>
    source.next().then(
      (item) => ({ item }),
      (error: unknown) => ({ error }),
    );
  let next: Promise<Outcome<T>> | undefined;
  try {
    for (let count = 1; count <= limit; count++) {
      const outcome = await (next ?? read());
      next = undefined;
      if ('error' in outcome) throw outcome.error;
      if (outcome.item.done === true) return;
      if (count < limit) next = read();
      yield outcome.item.value;
    }
  } finally {
    const left = await next;
    if (left !== undefined && 'item' in left && left.item.done !== true) dispose(left.item.value);
    await source.return();
  }
}
