/**
 * Unpaired sampling: one epoch of two unpaired sets of images.
 *
 * 'max' is the epoch of PyTorch (`data/unaligned_dataset.py`): max(|A|, |B|) steps. A is shuffled, and repeated if it is the
 * smaller set. B is drawn at random. 'min' is the epoch of Keras (`tf.data.Dataset.zip((train_horses, train_zebras))`): both sets
 * are shuffled, and the epoch ends with the smaller one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { flag, oneOf, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { Random, type RandomSource } from '../core/random.js';
import { type Batches, batchesOf, type EpochItem, type OpenOptions } from './batches.js';
import { type Images, type ImageSource, type ImageStream, isSource, openImages } from './images.js';
import { prefetch } from './prefetch.js';
import { randomEntry } from './random-entry.js';
import { Reader } from './reader.js';
import { readingOf } from './step.js';
import { stepsByName } from './steps-by-name.js';
import { stepsInTurn } from './steps-in-turn.js';

/** Options of {@link unpaired}. */
export interface UnpairedOptions {
  /** The source of orders, crops and flips. One value is drawn from it, at the start of the epoch. */
  random: RandomSource;
  /**
   * Whether an epoch is as long as the larger set (`max`, PyTorch) or the smaller one (`min`, Keras).
   * @default 'max'
   */
  length?: 'max' | 'min';
  /**
   * Whether the order is random. Iterables and datasets keep their own order.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Whether image i of A is always shown with image i of B. PyTorch: `--serial_batches`.
   * @default false
   */
  serial?: boolean;
  /**
   * Items in a batch; the last batch of an epoch may be smaller. A tensor [n, h, w, c] counts as one item.
   * @default 1
   */
  batchSize?: number;
}

type Settings = Readonly<Required<Omit<UnpairedOptions, 'random'>>>;
const sides = ['a', 'b'] as const;

const entries = {
  length: withDefault(oneOf('max', 'min'), 'max'),
  shuffle: withDefault(flag(), true),
  serial: withDefault(flag(), false),
  batchSize: withDefault(wholeNumber(1), 1),
};

/**
 * One epoch of batches from two unpaired sets, each [n, h, w, c]. The tensors belong to the consumer.
 *
 * If the length of a set is unknown (iterables, datasets), both sets are read in their own order. With 'max', the set that ends
 * first is read again until both have ended once.
 *
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, and `INVALID_DATA` for an
 * empty set. While reading: `INVALID_SHAPE` for images of different sizes in one batch
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { Random, unpaired } from 'ts-cyclegan';
 * const horses = [tf.zeros([64, 64, 3]), tf.ones([64, 64, 3])];
 * const zebras = [tf.zeros([64, 64, 3])];
 * for await (const [a, b] of unpaired(horses, zebras, { random: new Random(7) })) {
 *   console.log(a.shape, b.shape); // two times: [1, 64, 64, 3] and [1, 64, 64, 3]
 *   tf.dispose([a, b]);
 * }
 * ```
 */
export function unpaired(
  a: Images,
  b: Images,
  options: UnpairedOptions,
): AsyncGenerator<[tf.Tensor4D, tf.Tensor4D], void, undefined> {
  const { random, ...settings } = resolveOptions('unpaired', { random: randomEntry, ...entries }, options);
  const batches = itemsOf(openImages(a, 'unpaired', 'a'), openImages(b, 'unpaired', 'b'), settings, {
    random,
  });
  return (async function* () {
    for await (const { batch } of batches) yield [batch.a, batch.b] as [tf.Tensor4D, tf.Tensor4D];
  })();
}

/** Training data of two unpaired sets, named `a` and `b`. The arguments are those of {@link unpaired}. */
export function unpairedBatches(
  a: Images,
  b: Images,
  options: Omit<UnpairedOptions, 'random'> = {},
  where = 'unpaired',
): Batches {
  const settings = resolveOptions(where, entries, options);
  const [first, second] = [openImages(a, where, 'a'), openImages(b, where, 'b')];
  const pairs = Math[settings.length](...[first, second].map((set) => (isSource(set) ? set.length : NaN)));
  return {
    sets: sides,
    length: Number.isNaN(pairs) ? undefined : Math.ceil(pairs / settings.batchSize),
    open: (opening) =>
      prefetch(itemsOf(first, second, settings, opening), ({ batch }) => tf.dispose(batch), opening.limit),
  };
}

async function* itemsOf(
  a: ImageSource | ImageStream,
  b: ImageSource | ImageStream,
  settings: Settings,
  { random, after, onSkip, limit }: OpenOptions,
): AsyncGenerator<EpochItem, void, undefined> {
  // one draw, so the caller's random source advances by the same amount for epochs of any length
  const seed = random.index(2 ** 31);
  const [first, second] = ([a, b] as const).map((images, i) =>
    isSource(images)
      ? new Reader<tf.Tensor>(
          images,
          { side: sides[i]!, seed, shuffle: settings.shuffle },
          'unpaired',
          onSkip,
        )
      : images,
  );
  const reading = { ...settings, ...readingOf(settings.batchSize, { after, limit }) };
  const steps =
    first instanceof Reader && second instanceof Reader
      ? stepsByName(first, second, reading)
      : stepsInTurn([first!, second!], reading, new Random(seed));
  yield* batchesOf(steps, 'unpaired', sides, settings.batchSize);
}
