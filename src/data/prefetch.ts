/** Prepares the next item of an epoch while the current one is in use. */

/** The result of reading an item, or its error, which is thrown when the item's turn comes. */
type Outcome<T> = { item: IteratorResult<T, void> } | { error: unknown };

/**
 * Yields the items of `source`, and reads the next item while the current one is in use. Errors are thrown when the turn of their
 * item comes. If the consumer leaves early, the prepared item is disposed and `source` is closed.
 *
 * @param dispose disposes an item that is not used
 * @param limit number of items after which the sequence ends; no more are read
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
