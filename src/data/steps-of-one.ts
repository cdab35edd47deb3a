/** The items of one set of known length in the order of an epoch. The order depends on the names and the seed only. */
import { drawsOf, type EpochPosition, type Showing, turns } from './epoch-order.js';
import { readAhead } from './read-ahead.js';
import type { Reader } from './reader.js';
import type { Reading } from './step.js';

/** An item with its index and name, and the position of the epoch after it. */
export interface Read<Item> {
  item: Item;
  index: number;
  name: string;
  position: EpochPosition;
}

/**
 * @param after the last showing of the set, if it is not that of the first set
 * @throws CycleGANError `INVALID_DATA` if no image can be read
 */
export function stepsOfOne<Item>(
  reader: Reader<Item>,
  dispose: (item: Item) => void,
  { depth, limit, ...reading }: Reading,
  after: Showing | undefined = reading.after?.a,
): AsyncGenerator<Read<Item>, void, undefined> {
  const { source, order } = reader;
  return readAhead(turns(source, source.length, order, after), {
    depth,
    limit,
    dispose: ({ item }) => dispose(item),
    async read(turn): Promise<Read<Item> | undefined> {
      const taken = await reader.read(turn.index, drawsOf(turn, order));
      const { index, name, round } = turn;
      return taken && { item: taken.item, index, name, position: { a: { name, round } } };
    },
  });
}
