/** Sets of pairs, from one source of pairs or from two sets of images in the same order. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { Random, type RandomSource } from '../core/random.js';
import { nameOf } from './epoch-order.js';
import { type Images, type ImageSource, type ImageStream, isSource, openImages } from './images.js';
import { both } from './step.js';
import { pass } from './steps-in-turn.js';

/** A set of pairs of known length that can be read in any order, such as `pairedFolder` of `ts-cyclegan/node`. */
export interface PairSource extends Omit<ImageSource, 'get'> {
  /** Marks a source of pairs. The first image of a pair is the input, the second the target. */
  readonly pairs: true;
  /**
   * Returns both images of pair `index` as new tensors [h, w, c] in [−1, 1], which the caller owns, with the same crop and flip.
   * Random crops and flips use `random`. Each call has a random source of its own.
   */
  get(
    index: number,
    random: RandomSource,
  ): Promise<[input: tf.Tensor3D, target: tf.Tensor3D]> | [input: tf.Tensor3D, target: tf.Tensor3D];
}

/** Two sets that can only be read in their own order, at the same time. */
type Streams = readonly [ImageStream, ImageStream];

/** Pairs by index, or from two streams. */
export type Pairs = Omit<PairSource, 'pairs'> | Streams;

/** Whether a value is marked as a set of pairs. */
export const isPairSource = (value: unknown): value is PairSource =>
  typeof value === 'object' && value !== null && (value as Partial<PairSource>).pairs === true;

/**
 * Checks the arguments and joins them to pairs.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_DATA`
 */
export function openPairs(where: string, input: unknown, target: unknown): Pairs {
  const isPairs = isPairSource(input);
  if (isPairs && target === undefined) {
    openImages(input as never, where, 'pairs'); // checks its length and names
    return input;
  }
  if (isPairs || target === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected one set of pairs, or two sets of images, got ` +
        (isPairs ? 'a set of pairs and another set.' : `only ${show(input)}.`),
    );
  }
  const first = openImages(input as Images, where, 'input');
  const second = openImages(target as Images, where, 'target');
  if (isSource(first) && isSource(second)) return pairUp(where, first, second);
  if (!isSource(first) && !isSource(second)) return [first, second];
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: input and target must be of the same kind, got an array or folder and an iterable or dataset. ` +
      'Pass two arrays or folders, or two iterables or datasets.',
  );
}

/** The name without its extension. */
const stem = (name: string): string => name.replace(/\.[^./]*$/, '');

/** Pairs the images of two sets by index. */
function pairUp(where: string, input: ImageSource, target: ImageSource): Omit<PairSource, 'pairs'> {
  const { length } = input;
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_DATA', `${where}: ${message}`);
  };
  if (target.length !== length) {
    refuse(
      `input and target must have the same number of images, got ${length} and ${target.length}. ` +
        'Remove images without a partner.',
    );
  }
  if (input.names && target.names) {
    const other = input.names.findIndex((name, i) => stem(name) !== stem(target.names![i]!));
    if (other >= 0) {
      refuse(
        `images of a pair must have the same name, got ${show(input.names[other])} of input and ` +
          `${show(target.names[other])} of target. Rename or remove images without a partner.`,
      );
    }
  }
  const names = input.names ?? target.names;
  return {
    length,
    ...(names && { names }),
    onError: [input, target].some(({ onError }) => onError === 'skip') ? 'skip' : 'throw',
    async get(index, random) {
      const seed = random.index(2 ** 31); // the same draws for both
      const read = async (set: ImageSource): Promise<tf.Tensor3D> => set.get(index, new Random(seed));
      const pair = await both(read(input), read(target));
      checkSizes(where, pair, [nameOf(input, index), nameOf(target, index)]);
      return pair;
    },
  };
}

/** Refuses a pair of images of different sizes, and disposes them. */
function checkSizes(where: string, pair: [tf.Tensor, tf.Tensor], names?: [string, string]): void {
  const [a, b] = pair.map((image) => image.shape.slice(0, -1));
  if (String(a) === String(b)) return;
  tf.dispose(pair);
  throw new CycleGANError(
    'INVALID_SHAPE',
    `${where}: both images of a pair must have the same size, got [${a!.join(', ')}] and [${b!.join(', ')}]` +
      `${names ? ` of ${show(names[0])} and ${show(names[1])}` : ''}. Resize or crop them.`,
  );
}

/** Pairs of two streams, which must have the same length. */
export async function* pairsInTurn(
  where: string,
  sets: Streams,
  random: Random,
): AsyncGenerator<[tf.Tensor, tf.Tensor]> {
  const passes = sets.map((set) => pass(set, false, random));
  const next = async (side: 0 | 1): Promise<tf.Tensor | undefined> => {
    const item = await passes[side]!.next();
    return item.done === true ? undefined : item.value;
  };
  try {
    for (let count = 0; ; count++) {
      const [x, y] = await both(next(0), next(1));
      if (!x && !y && count > 0) return;
      if (!x || !y) {
        tf.dispose([x, y] as tf.Tensor[]);
        const ended = x ? 'target' : y ? 'input' : 'input and target';
        throw new CycleGANError(
          'INVALID_DATA',
          `${where}: input and target must have the same number of images, and at least one, but ${ended} ended after ${count}.`,
        );
      }
      checkSizes(where, [x, y]);
      yield [x, y];
    }
  } finally {
    for (const started of passes) await started.return(undefined);
  }
}
