/**
 * Unpaired sampling: one epoch of pairs from two sets of pictures that have nothing to do with each other.
 * 'max' is P's epoch: max(|A|, |B|) pairs, A shuffled and used again where it is the smaller set, B drawn at
 * random. 'min' is K's: both shuffled, as long as the smaller set.
 * Source: P `data/unaligned_dataset.py`; K `tf.data.Dataset.zip((train_horses, train_zebras))`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { flag, oneOf, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { Random, type RandomSource } from '../core/random.js';
import { type Batches, batchesOf, type EpochItem, type OpenOptions } from './batches.js';
import { type Images, type ImageSource, type ImageStream, isSource, openImages } from './images.js';
import { prefetch } from './prefetch.js';
import { randomEntry } from './random-entry.js';
import { Reader } from './reader.js';
import { stepsByName } from './steps-by-name.js';
import { stepsInTurn } from './steps-in-turn.js';

/** Options of {@link unpaired}. */
export interface UnpairedOptions {
  /** Where orders, crops and flips come from. It is drawn from once, at the start of the epoch. */
  random: RandomSource;
  /**
   * Whether an epoch lasts as long as the larger set (P) or the smaller one (K).
   * @default 'max'
   */
  length?: 'max' | 'min';
  /**
   * Whether the order is drawn anew. Iterables and datasets come in their own order.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Whether picture i of A always comes with picture i of B, as with P's `--serial_batches`.
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
 * One epoch of pairs of batches, each [n, h, w, c]. The tensors belong to the consumer.
 *
 * Where the length of a set is unknown (iterables, datasets), both are read as they come, and with 'max' the
 * one that ends first starts again until both have ended once.
 *
 * @throws CycleGANError at once: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, and `INVALID_DATA` for an
 * empty set. While reading: `INVALID_SHAPE` for pictures of different sizes in one batch
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { Random, unpaired } from 'ts-cyclegan';
 * const horses = [tf.zeros([64, 64, 3]), tf.ones([64, 64, 3])];
 * const zebras = [tf.zeros([64, 64, 3])];
 * for await (const [a, b] of unpaired(horses, zebras, { random: new Random(7) })) {
 *   console.log(a.shape, b.shape); // twice [1, 64, 64, 3] and [1, 64, 64, 3]
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

/** Data for training from two sets that have nothing to do with each other, by the names `a` and `b`. Arguments as for {@link unpaired}. */
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
  { random, after, onLeftOut }: OpenOptions,
): AsyncGenerator<EpochItem, void, undefined> {
  // Drawn once: however far the epoch goes, the caller's stream moves on by one draw.
  const seed = random.index(2 ** 31);
  const [first, second] = ([a, b] as const).map((images, i) =>
    isSource(images)
      ? new Reader<tf.Tensor>(
          images,
          { side: sides[i]!, seed, shuffle: settings.shuffle },
          'unpaired',
          onLeftOut,
        )
      : images,
  );
  const steps =
    first instanceof Reader && second instanceof Reader
      ? stepsByName(first, second, { ...settings, after })
      : stepsInTurn([first!, second!], { ...settings, after }, new Random(seed));
  yield* batchesOf(steps, 'unpaired', sides, settings.batchSize);
}
