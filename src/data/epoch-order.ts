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
 * The showings of an epoch. The set is repeated until there are `count` showings; each repetition has its own order.
 *
 * @param after returns only the showings after this one, whose image may no longer exist
 */
export function turns(
  source: Named,
  count: number,
  { side, seed, shuffle }: OrderOptions,
  after?: Showing,
): Turn[] {
  const { length } = source;
  const all = Array.from({ length }, (_, index) => nameOf(source, index));
  /** Index of an image without shuffling. An image that no longer exists is placed between its neighbours by name. */
  const placeOf = (name: string): number => {
    const index = all.indexOf(name);
    return index >= 0 ? index : all.filter((other) => other < name).length - 0.5;
  };
  const keyOf = ({ name, round }: Showing, place: () => number): number =>
    shuffle ? hash53(`${seed} ${side} ${round} ${name}`) : round * length + place();
  const begin = after ? keyOf(after, () => placeOf(after.name)) : -Infinity;
  const keyed: { turn: Turn; key: number }[] = [];
  for (let i = 0; i < count; i++) {
    const turn = { index: i % length, name: all[i % length]!, round: Math.floor(i / length) };
    const key = keyOf(turn, () => turn.index);
    if (key > begin) keyed.push({ turn, key });
  }
  return keyed.sort((first, second) => first.key - second.key).map(({ turn }) => turn);
}

/** The random source of one showing, for its crop and flip. */
export const drawsOf = ({ name, round }: Showing, { side, seed }: OrderOptions): Random =>
  new Random(hash53(`${seed} draws ${side} ${round} ${name}`));

/** The name of an image, or its index if the source has no names. */
export const nameOf = ({ names }: Named, index: number): string => names?.[index] ?? String(index);
