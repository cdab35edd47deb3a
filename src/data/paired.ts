/**
 * One epoch of paired images, such as input and target of pix2pix. Each pair is shown once, and both of its images get the same
 * crop and flip.
 */
import * as tf from '@tensorflow/tfjs-core';
import { flag, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { Random, type RandomSource } from '../core/random.js';
import { type Batches, batchesOf, type EpochItem, type OpenOptions } from './batches.js';
import type { Images } from './images.js';
import { openPairs, type Pairs, pairsInTurn, type PairSource } from './pairs.js';
import { prefetch } from './prefetch.js';
import { randomEntry } from './random-entry.js';
import { Reader } from './reader.js';
import { type Reading, readingOf, type Step } from './step.js';
import { stepsOfOne } from './steps-of-one.js';

/** Options of {@link paired}. */
export interface PairedOptions {
  /** The source of the order, crops and flips. One value is drawn from it, at the start of the epoch. */
  random: RandomSource;
  /**
   * Whether the order is random. Iterables and datasets keep their own order.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Pairs in a batch; the last batch of an epoch may be smaller. Tensors [n, h, w, c] count as one pair.
   * @default 1
   */
  batchSize?: number;
}

const entries = { shuffle: withDefault(flag(), true), batchSize: withDefault(wholeNumber(1), 1) };
type Settings = Omit<Required<PairedOptions>, 'random'>;
const sets = ['input', 'target'] as const;

/**
 * One epoch of batches of pairs, each [n, h, w, c]. The tensors belong to the consumer.
 *
 * Image i of `input` is paired with image i of `target`. Alternatively, pass one set of pairs, such as `pairedFolder` of
 * `ts-cyclegan/node`. Image sources such as `imageFolder` get the same random source for both images of a pair.
 *
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, and `INVALID_DATA` for sets that are
 * empty or do not match. While reading: `INVALID_SHAPE` for pairs or batches of images of different sizes
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { paired, Random } from 'ts-cyclegan';
 * const drawings = [tf.zeros([64, 64, 1]), tf.ones([64, 64, 1])];
 * const paintings = [tf.zeros([64, 64, 3]), tf.ones([64, 64, 3])];
 * for await (const [input, target] of paired(drawings, paintings, { random: new Random(7) })) {
 *   console.log(input.shape, target.shape); // two times: [1, 64, 64, 1] and [1, 64, 64, 3]
 *   tf.dispose([input, target]);
 * }
 * ```
 */
export function paired(pairs: PairSource, options: PairedOptions): PairedEpoch;
export function paired(input: Images, target: Images, options: PairedOptions): PairedEpoch;
export function paired(...given: unknown[]): PairedEpoch {
  const options = given.length > 2 ? given[2] : given[1];
  const where = 'paired';
  const { random, ...settings } = resolveOptions(where, { random: randomEntry, ...entries }, options);
  const pairs = openPairs(where, given[0], given.length > 2 ? given[1] : undefined);
  const items = itemsOf(where, pairs, settings, { random });
  return (async function* () {
    for await (const { batch } of items) yield [batch.input, batch.target] as [tf.Tensor4D, tf.Tensor4D];
  })();
}

/** The result of {@link paired}. */
export type PairedEpoch = AsyncGenerator<[input: tf.Tensor4D, target: tf.Tensor4D], void, undefined>;

/** Training data of pairs, named `input` and `target`. Omit the argument `target` if `input` is a set of pairs. */
export function pairedBatches(
  input: Images | PairSource,
  target: Images | undefined,
  options: Omit<PairedOptions, 'random'> = {},
  where = 'paired',
): Batches {
  const settings = resolveOptions(where, entries, options);
  const pairs = openPairs(where, input, target);
  return {
    sets,
    length: 'get' in pairs ? Math.ceil(pairs.length / settings.batchSize) : undefined,
    open: (opening) =>
      prefetch(itemsOf(where, pairs, settings, opening), ({ batch }) => tf.dispose(batch), opening.limit),
  };
}

async function* itemsOf(
  where: string,
  pairs: Pairs,
  settings: Settings,
  { random, after, onSkip, limit }: OpenOptions,
): AsyncGenerator<EpochItem, void, undefined> {
  const seed = random.index(2 ** 31);
  const reading = readingOf(settings.batchSize, { after, limit });
  const steps = stepsOf(where, pairs, seed, settings, reading, onSkip);
  yield* batchesOf(steps, where, sets, settings.batchSize);
}

async function* stepsOf(
  where: string,
  pairs: Pairs,
  seed: number,
  { shuffle }: Settings,
  reading: Reading,
  onSkip: OpenOptions['onSkip'],
): AsyncGenerator<Step> {
  if (!('get' in pairs)) {
    for await (const images of pairsInTurn(where, pairs, new Random(seed))) yield { images };
    return;
  }
  const reader = new Reader<[tf.Tensor, tf.Tensor]>(
    pairs,
    { side: 'pairs', seed, shuffle },
    where,
    onSkip && ((_pairs, name) => sets.forEach((set) => onSkip(set, name))),
  );
  for await (const { item, name, position } of stepsOfOne(reader, (pair) => tf.dispose(pair), reading)) {
    yield { images: item, names: [name, name], position };
  }
}
