/** The items of one set of known length in the order of an epoch. The order depends on the names and the seed only. */
import type { EpochPosition } from './epoch-order.js';
import { drawsOf, turns } from './epoch-order.js';
import type { Reader } from './reader.js';

/** An item with its index and name, and the position of the epoch after it. */
export interface Read<Item> {
  item: Item;
  index: number;
  name: string;
  position: EpochPosition;
}

/** @throws CycleGANError `INVALID_DATA` if no image can be read */
export async function* stepsOfOne<Item>(
  reader: Reader<Item>,
  after?: EpochPosition,
): AsyncGenerator<Read<Item>> {
  const { source, order } = reader;
  for (const turn of turns(source, source.length, order, after?.a)) {
    const item = await reader.read(turn.index, drawsOf(turn, order));
    const { index, name, round } = turn;
    if (item) yield { item, index, name, position: { a: { name, round } } };
  }
}
