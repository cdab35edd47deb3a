/**
 * Unpaired sampling: one epoch of pairs from two sets of pictures that have nothing to do with each other.
 * 'max' is P's epoch: max(|A|, |B|) pairs, A shuffled and used again where it is the smaller set, B drawn at
 * random. 'min' is K's: both shuffled, as long as the smaller set.
 * Source: P `data/unaligned_dataset.py`; K `tf.data.Dataset.zip((train_horses, train_zebras))`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { flag, oneOf, resolveOptions, satisfying, show, wholeNumber, withDefault } from '../core/options.js';
import { Random, type RandomSource } from '../core/random.js';
import type { EpochPosition } from './epoch-order.js';
import { type Images, type ImageSource, type ImageStream, isSource, openImages } from './images.js';
import { type OnLeftOut, Reader } from './reader.js';
import type { EpochSettings, Pair, Step } from './step.js';
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

/** What `fit` needs beyond {@link UnpairedOptions}. */
export interface ResumeOptions {
  /** Resumes the epoch after this position. */
  after?: EpochPosition | undefined;
  onLeftOut?: OnLeftOut;
}

/** A pair of batches, and how far the epoch has come with it; unknown for sets of unknown length. */
export interface EpochBatch {
  images: [tf.Tensor4D, tf.Tensor4D];
  /** Of A and of B, if the images have names. */
  names: [a: string[], b: string[]];
  position: EpochPosition | undefined;
}

type Settings = Readonly<Required<UnpairedOptions>> & EpochSettings & ResumeOptions;
type Opened = Reader | ImageStream;
const names = ['a', 'b'] as const;

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
  const batches = epochBatches(a, b, options);
  return (async function* () {
    for await (const { images } of batches) yield images;
  })();
}

/** {@link unpaired} for `fit`, which resumes in the middle of an epoch. */
export function epochBatches(
  a: Images,
  b: Images,
  options: UnpairedOptions,
  resume: ResumeOptions = {},
): AsyncGenerator<EpochBatch, void, undefined> {
  const settings = resolveOptions(
    'unpaired',
    {
      random: satisfying<RandomSource>(isRandomSource, 'a Random'),
      length: withDefault(oneOf('max', 'min'), 'max'),
      shuffle: withDefault(flag(), true),
      serial: withDefault(flag(), false),
      batchSize: withDefault(wholeNumber(1), 1),
    },
    options,
  );
  return batches(openImages(a, 'unpaired', 'a'), openImages(b, 'unpaired', 'b'), { ...settings, ...resume });
}

const isRandomSource = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'uniform' in value && 'index' in value;

async function* batches(
  a: ImageSource | ImageStream,
  b: ImageSource | ImageStream,
  settings: Settings,
): AsyncGenerator<EpochBatch, void, undefined> {
  // Drawn once: however far the epoch goes, the caller's stream moves on by one draw.
  const seed = settings.random.index(2 ** 31);
  const [first, second] = ([a, b] as const).map((images, i) =>
    isSource(images)
      ? new Reader(images, { side: names[i]!, seed, shuffle: settings.shuffle }, settings.onLeftOut)
      : images,
  ) as [Opened, Opened];
  const steps =
    first instanceof Reader && second instanceof Reader
      ? stepsByName(first, second, settings)
      : stepsInTurn([first, second], settings, new Random(seed));
  const held: Step[] = [];
  try {
    for await (const step of steps) {
      held.push(step);
      if (held.length === settings.batchSize) yield together(held);
    }
    if (held.length > 0) yield together(held);
  } finally {
    tf.dispose(held.map(({ pair }) => pair));
  }
}

/** Joins the pairs held into one pair of batches and lets go of them. */
function together(held: Step[]): EpochBatch {
  const pairs = held.map(({ pair }) => pair);
  const images = tf.tidy(() => [batchOf(pairs, 0), batchOf(pairs, 1)] as [tf.Tensor4D, tf.Tensor4D]);
  const { position } = held.at(-1)!;
  const named = ([0, 1] as const).map((side) => held.flatMap((step) => step.names?.[side] ?? []));
  tf.dispose(pairs);
  held.length = 0;
  return { images, names: named as [string[], string[]], position };
}

function batchOf(pairs: Pair[], side: 0 | 1): tf.Tensor4D {
  const items = pairs.map((pair) => pair[side]);
  for (const item of items) {
    const wanted = item instanceof tf.Tensor && (item.rank === 3 || item.rank === 4);
    if (!wanted) throw noPicture(side, item);
    const [first, here] = [items[0]!, item].map((x) => x.shape.slice(-3));
    if (String(first) !== String(here)) throw unequal(side, first!, here!);
  }
  return tf.concat(
    items.map((item) => (item.rank === 3 ? tf.expandDims(item as tf.Tensor3D) : item)) as tf.Tensor4D[],
  );
}

function noPicture(side: 0 | 1, item: tf.Tensor): CycleGANError {
  const got = item instanceof tf.Tensor ? `shape [${item.shape.join(', ')}]` : show(item);
  return new CycleGANError(
    'INVALID_SHAPE',
    `unpaired: ${names[side]} must give tensors [h, w, c] or [n, h, w, c], got ${got}.`,
  );
}

function unequal(side: 0 | 1, first: number[], here: number[]): CycleGANError {
  return new CycleGANError(
    'INVALID_SHAPE',
    `unpaired: pictures of one batch must have one size, got [${first.join(', ')}] and [${here.join(', ')}] ` +
      `from ${names[side]}. Resize or crop them first, or use batchSize 1.`,
  );
}
