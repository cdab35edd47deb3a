/**
 * The order of an epoch. It goes by the names of the images and the seed, not by how many there are: an epoch that was
 * interrupted shows every other image once after one has been removed or was left out.
 */
import { hash53 } from '../core/hash.js';
import { Random } from '../core/random.js';
import type { ImageSource } from './images.js';

/** A set whose order goes by names. */
export type Named = Pick<ImageSource, 'length' | 'names'>;

/** One showing of an image in an epoch. */
export interface Showing {
  readonly name: string;
  /** How many times the set has been shown in the epoch before. */
  readonly round: number;
}

/** How far an epoch has come, as plain data: what was shown last of each set that has an order of its own. */
export interface EpochPosition {
  readonly a: Showing;
  readonly b?: Showing;
}

/** A showing, and where the image is. */
export interface Turn extends Showing {
  readonly index: number;
}

/** What the order of one set in an epoch depends on. */
export interface OrderOptions {
  /** The name of the set. */
  readonly side: string;
  readonly seed: number;
  readonly shuffle: boolean;
}

/**
 * The turns of an epoch: the images from the first on, and again from the first, until there are `count`; shuffled or not.
 *
 * @param after only what follows this showing, be its image still there or not
 */
export function turns(
  source: Named,
  count: number,
  { side, seed, shuffle }: OrderOptions,
  after?: Showing,
): Turn[] {
  const { length } = source;
  const all = Array.from({ length }, (_, index) => nameOf(source, index));
  /** Where an unshuffled image is, or was if it is gone: between its neighbours by name. */
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

/** The random numbers of one showing: crop, flip and what comes with it. */
export const drawsOf = ({ name, round }: Showing, { side, seed }: OrderOptions): Random =>
  new Random(hash53(`${seed} draws ${side} ${round} ${name}`));

/** The name of an image: its index where the source has no names. */
export const nameOf = ({ names }: Named, index: number): string => names?.[index] ?? String(index);
