/** One epoch of one set of images, with or without labels, for GANs that make images from noise. Each image is shown once. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import {
  flag,
  optional,
  resolveOptions,
  satisfying,
  show,
  wholeNumber,
  withDefault,
} from '../core/options.js';
import { Random, type RandomSource } from '../core/random.js';
import { type Batches, batchesOf, type EpochItem, type OpenOptions } from './batches.js';
import { type Images, type ImageSource, type ImageStream, isSource, openImages } from './images.js';
import { prefetch } from './prefetch.js';
import { randomEntry } from './random-entry.js';
import { Reader } from './reader.js';
import { type Reading, readingOf, type Step } from './step.js';
import { stepsOfOne } from './steps-of-one.js';
import { pass } from './steps-in-turn.js';

/** Options of {@link single}. */
export interface SingleOptions {
  /** The source of the order, crops and flips. One value is drawn from it, at the start of the epoch. */
  random: RandomSource;
  /**
   * The class of each image, an integer from 0. Requires an array or a folder of images.
   * @default none
   */
  labels?: ArrayLike<number>;
  /**
   * Whether the order is random. Iterables and datasets keep their own order.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Items in a batch; the last batch of an epoch may be smaller. A tensor [n, h, w, c] counts as one item.
   * @default 1
   */
  batchSize?: number;
}

const entries = {
  labels: optional(
    satisfying<ArrayLike<number>>(
      (value) => Array.isArray(value) || ArrayBuffer.isView(value),
      'an array with one class for each image',
    ),
  ),
  shuffle: withDefault(flag(), true),
  batchSize: withDefault(wholeNumber(1), 1),
};

type Settings = Pick<Required<SingleOptions>, 'shuffle' | 'batchSize'> & {
  labels?: ArrayLike<number> | undefined;
};

/** Settings of an epoch that is trained on. */
interface Use {
  /** The function, for messages. */
  readonly where: string;
  /** Whether the last batch is skipped if it is smaller than the others. */
  readonly whole: boolean;
}
const alone: Use = { where: 'single', whole: false };

/**
 * One epoch of batches of images [n, h, w, c], with their labels [n] (int32) if there are any. The tensors belong to the
 * consumer.
 *
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, and `INVALID_DATA` for an empty set.
 * While reading: `INVALID_SHAPE` for images of different sizes in one batch
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { Random, single } from 'ts-cyclegan';
 * const digits = [tf.zeros([28, 28, 1]), tf.ones([28, 28, 1]), tf.zeros([28, 28, 1])];
 * for await (const { images, labels } of single(digits, { random: new Random(7), labels: [0, 1, 0], batchSize: 2 })) {
 *   console.log(images.shape, labels?.shape); // [2, 28, 28, 1] [2], then [1, 28, 28, 1] [1]
 *   tf.dispose([images, labels!]);
 * }
 * ```
 */
export function single(
  images: Images,
  options: SingleOptions,
): AsyncGenerator<{ images: tf.Tensor4D; labels?: tf.Tensor1D }, void, undefined> {
  const { random, ...settings } = resolveOptions('single', { random: randomEntry, ...entries }, options);
  const items = itemsOf(opened(images, settings, alone), settings, alone, { random });
  return (async function* () {
    for await (const { batch } of items) yield batch as { images: tf.Tensor4D; labels?: tf.Tensor1D };
  })();
}

/** Training data of one set, named `images` and `labels`. The arguments are those of {@link single}. */
export function singleBatches(
  images: Images,
  options: { [K in Exclude<keyof SingleOptions, 'random'>]?: SingleOptions[K] | undefined } = {},
  use: Use = alone,
): Batches {
  const settings = resolveOptions(use.where, entries, options);
  const set = opened(images, settings, use);
  const round = use.whole ? Math.floor : Math.ceil;
  const length = isSource(set) ? round(set.length / settings.batchSize) : undefined;
  if (length === 0) throw tooFew(use.where, settings.batchSize);
  return {
    sets: ['images'],
    length,
    open: (opening) =>
      prefetch(itemsOf(set, settings, use, opening), ({ batch }) => tf.dispose(batch), opening.limit),
  };
}

/** Checks the set and its labels. */
function opened(images: Images, { labels }: Settings, { where }: Use): ImageSource | ImageStream {
  const set = openImages(images, where, 'images');
  if (labels === undefined) return set;
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_OPTION', `${where}: option "labels" ${message}`);
  };
  if (!isSource(set)) {
    return refuse('requires an array or a folder of images, got an iterable or dataset.');
  }
  if (labels.length !== set.length) {
    refuse(`must have one class for each of the ${set.length} images, got ${labels.length}.`);
  }
  const bad = Array.from(labels).findIndex((label) => !Number.isInteger(label) || label < 0);
  if (bad >= 0) refuse(`must be whole numbers from 0, got ${show(labels[bad])} for image ${bad}.`);
  return set;
}

async function* itemsOf(
  set: ImageSource | ImageStream,
  settings: Settings,
  { where, whole }: Use,
  { random, after, onSkip, limit }: OpenOptions,
): AsyncGenerator<EpochItem, void, undefined> {
  const seed = random.index(2 ** 31);
  const reading = readingOf(settings.batchSize, { after, limit });
  const steps = stepsOf(set, seed, settings, where, reading, onSkip);
  let isEmpty = whole && after === undefined;
  for await (const item of batchesOf(steps, where, ['images'], settings.batchSize, whole)) {
    isEmpty = false;
    yield item;
  }
  if (isEmpty) throw tooFew(where, settings.batchSize);
}

const tooFew = (where: string, size: number): CycleGANError =>
  new CycleGANError(
    'INVALID_DATA',
    `${where}: images must be enough for one batch of ${size}, got fewer. Use a smaller "batchSize".`,
  );

async function* stepsOf(
  set: ImageSource | ImageStream,
  seed: number,
  { shuffle, labels }: Settings,
  where: string,
  reading: Reading,
  onSkip: OpenOptions['onSkip'],
): AsyncGenerator<Step> {
  if (!isSource(set)) {
    for await (const image of pass(set, shuffle, new Random(seed))) yield { images: [image] };
    return;
  }
  const reader = new Reader<tf.Tensor>(set, { side: 'images', seed, shuffle }, where, onSkip);
  for await (const { item, index, name, position } of stepsOfOne(
    reader,
    (image) => image.dispose(),
    reading,
  )) {
    yield { images: [item], names: [name], position, ...(labels && { label: labels[index]! }) };
  }
}
