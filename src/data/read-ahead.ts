/** Reads several items of an epoch at the same time, and yields them in order. */

/** Options of {@link readAhead}. */
export interface ReadAhead<Turn, Item> {
  /** Reads the item of a turn, or returns undefined if it is skipped. */
  read: (turn: Turn) => Promise<Item | undefined>;
  /** Disposes an item that is not used. */
  dispose: (item: Item) => void;
  /** Number of items that are read at the same time, at least 1. */
  depth: number;
  /** Number of items after which the sequence ends. No more are read. */
  limit?: number | undefined;
}

type Outcome<Item> = { item: Item | undefined } | { error: unknown };

/**
 * Yields the items of `turns`. While one is in use, the next ones are read. The error of an item is thrown when its turn comes; the
 * items after it are then disposed, and so are those that are not used because the consumer leaves early.
 */
export async function* readAhead<Turn, Item>(
  turns: Iterator<Turn, void, undefined>,
  { read, dispose, depth, limit = Infinity }: ReadAhead<Turn, Item>,
): AsyncGenerator<Item, void, undefined> {
  const reading: Promise<Outcome<Item>>[] = [];
  let yielded = 0;
  const start = (): void => {
    while (reading.length < depth && yielded + reading.length < limit) {
      const turn = turns.next();
      if (turn.done === true) return;
      reading.push(
        read(turn.value).then(
          (item) => ({ item }),
          (error: unknown) => ({ error }),
        ),
      );
    }
  };
  try {
    for (;;) {
      start();
      const outcome = await reading.shift();
      if (outcome === undefined) return;
      if ('error' in outcome) throw outcome.error;
      if (outcome.item === undefined) continue;
      yielded++;
      start();
      yield outcome.item;
    }
  } finally {
    for (const outcome of await Promise.all(reading)) {
      if ('item' in outcome && outcome.item !== undefined) dispose(outcome.item);
    }
  }
}
