/**
 * The order of an epoch. It depends on the names of the images and on the seed, not on the number of images. If images are
 * removed or skipped, a resumed epoch still shows each other image once.
 */
import { hash53 } from '../core/hash.js';
import { Random } from '../core/random.js';
import type { ImageSource } from './images.js';

/** A set of images, as far as the order depends on it. */
export type Named = Pick<ImageSource, 'length' | 'names'>;

/** One showing of an image in an epoch. */
export interface Showing {
  readonly name: string;
  /** How many times the epoch has shown the whole set before. */
  readonly round: number;
}

/** The position of an epoch, as plain data: the last showing of each set that has an order of its own. */
export interface EpochPosition {
  readonly a: Showing;
  readonly b?: Showing;
}

/** A showing, and the index of the image. */
export interface Turn extends Showing {
  readonly index: number;
}

/** Everything that the order of a set depends on. */
export interface OrderOptions {
  /** The name of the set. */
  readonly side: string;
  readonly seed: number;
  readonly shuffle: boolean;
}

/**
 * The showings of an epoch. The set is repeated until there are `count` showings; each repetition has its own order. Showings are
 * made one by one, so that an epoch of a million images starts quickly.
 *
 * @param after skips the showings up to this one, whose image may no longer exist
 */
export function* turns(
  source: Named,
  count: number,
  order: OrderOptions,
  after?: Showing,
): Generator<Turn, void, undefined> {
  const { length } = source;
  const turnOf = (i: number): Turn => {
    const index = i % length;
    return { index, name: nameOf(source, index), round: Math.floor(i / length) };
  };
  if (order.shuffle) {
    for (const i of shuffled(source, count, order, after)) yield turnOf(i);
  } else {
    for (let i = after ? placeAfter(source, after) : 0; i < count; i++) yield turnOf(i);
  }
}

/** The showings in the order of the hashes of their names. Showing i is image i % length. */
function shuffled(source: Named, count: number, order: OrderOptions, after?: Showing): Uint32Array {
  const { length } = source;
  const begin = after ? hashOf(after, order) : -1;
  const keys = new Float64Array(count);
  const chosen = new Uint32Array(count);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const index = i % length;
    keys[i] = hashOf({ name: nameOf(source, index), round: Math.floor(i / length) }, order);
    if (keys[i]! > begin) chosen[size++] = i;
  }
  return chosen.subarray(0, size).sort((first, second) => keys[first]! - keys[second]!);
}

const hashOf = ({ name, round }: Showing, { seed, side }: OrderOptions): number =>
  hash53(`${seed} ${side} ${round} ${name}`);

/** The place after a showing without shuffling. An image that no longer exists is placed between its neighbours by name. */
function placeAfter(source: Named, { name, round }: Showing): number {
  const { length } = source;
  let [index, before] = [-1, 0];
  for (let i = 0; i < length && index < 0; i++) {
    const other = nameOf(source, i);
    if (other === name) index = i;
    if (other < name) before++;
  }
  return round * length + (index >= 0 ? index + 1 : before);
}

/** The random source of one showing, for its crop and flip. */
export const drawsOf = ({ name, round }: Showing, { side, seed }: OrderOptions): Random =>
  new Random(hash53(`${seed} draws ${side} ${round} ${name}`));

/** The name of an image, or its index if the source has no names. */
export const nameOf = ({ names }: Named, index: number): string => names?.[index] ?? String(index);
