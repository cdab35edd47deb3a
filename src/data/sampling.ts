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
import {
  type Images,
  type ImageSource,
  type ImageStream,
  isSource,
  nothingIn,
  openImages,
} from './images.js';

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

type Settings = Readonly<Required<UnpairedOptions>>;
type Opened = ImageSource | ImageStream;
type Pair = [tf.Tensor, tf.Tensor];
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
  return batches(openImages(a, 'unpaired', 'a'), openImages(b, 'unpaired', 'b'), settings);
}

const isRandomSource = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'uniform' in value && 'index' in value;

async function* batches(
  a: Opened,
  b: Opened,
  settings: Settings,
): AsyncGenerator<[tf.Tensor4D, tf.Tensor4D], void, undefined> {
  // A stream of the epoch's own: however far the epoch goes, the caller's moves on by one draw.
  const random = new Random(settings.random.index(2 ** 31));
  const pairs =
    isSource(a) && isSource(b) ? pairsByIndex(a, b, settings, random) : pairsInTurn([a, b], settings, random);
  const held: Pair[] = [];
  try {
    for await (const pair of pairs) {
      held.push(pair);
      if (held.length === settings.batchSize) yield together(held);
    }
    if (held.length > 0) yield together(held);
  } finally {
    tf.dispose(held);
  }
}

/** Two sets of known length: P's and K's epochs. */
async function* pairsByIndex(
  a: ImageSource,
  b: ImageSource,
  { length, shuffle, serial }: Settings,
  random: Random,
): AsyncGenerator<Pair> {
  const steps = Math[length](a.length, b.length);
  const shuffled = length === 'min' && !serial; // each set on its own
  const orderA = order(shuffled ? a.length : steps, shuffle, random);
  const orderB = shuffled ? order(b.length, shuffle, random) : serial ? orderA : undefined;
  for (let step = 0; step < steps; step++) {
    yield await both(
      read(a, orderA[step]! % a.length, random),
      read(b, orderB ? orderB[step]! % b.length : random.index(b.length), random),
    );
  }
}

/** Two sets of which at least one is of unknown length: in turn, until the first or the last has ended. */
async function* pairsInTurn(
  sides: [Opened, Opened],
  { length, shuffle }: Settings,
  random: Random,
): AsyncGenerator<Pair> {
  const passes = sides.map((images) => pass(images, shuffle, random));
  const ended = [false, false];
  const next = async (side: 0 | 1): Promise<tf.Tensor | undefined> => {
    const item = await passes[side]!.next();
    if (item.done !== true) return item.value;
    ended[side] = true;
    return undefined;
  };
  const again = async (side: 0 | 1): Promise<tf.Tensor> => {
    passes[side] = pass(sides[side], shuffle, random);
    const item = await next(side);
    if (!item) throw endedForGood(side);
    return item;
  };
  try {
    for (let step = 0; ; step++) {
      const items = await both(next(0), next(1));
      const empty = step === 0 ? items.indexOf(undefined) : -1;
      const over = length === 'min' ? ended.includes(true) : !ended.includes(false);
      if (over || empty >= 0) tf.dispose(items);
      if (empty >= 0) throw nothingIn('unpaired', names[empty]!, usedUp);
      if (over) return;
      yield await both(items[0] ?? again(0), items[1] ?? again(1));
    }
  } finally {
    for (const started of passes) await started.return(undefined);
  }
}

const usedUp =
  ' A generator is used up after one epoch: pass an array, a dataset, or an object with its own iterator.';

/** One pass over a set: a source in a new order, anything else as it comes. */
async function* pass(images: Opened, shuffle: boolean, random: Random): AsyncGenerator<tf.Tensor> {
  if (isSource(images)) {
    for (const index of order(images.length, shuffle, random)) yield await read(images, index, random);
  } else if ('iterator' in images) {
    const iterator = await images.iterator();
    for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) yield item.value;
  } else {
    yield* images;
  }
}

const order = (size: number, shuffle: boolean, random: Random): number[] =>
  shuffle ? random.permutation(size) : Array.from({ length: size }, (_, i) => i);

/** Each picture draws from a stream of its own, so that the numbers do not depend on which one is read faster. */
function read(source: ImageSource, index: number, random: Random): Promise<tf.Tensor> {
  const own = new Random(random.seed());
  return Promise.resolve().then(() => source.get(index, own));
}

/** Waits for both; where one fails, the other is not left behind. */
async function both<T extends tf.Tensor | undefined>(a: T | Promise<T>, b: T | Promise<T>): Promise<[T, T]> {
  const results = await Promise.allSettled([a, b]);
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return results.map((result) => (result as PromiseFulfilledResult<T>).value) as [T, T];
  tf.dispose(results.map((result) => (result.status === 'fulfilled' ? result.value : null)) as tf.Tensor[]);
  throw failed.reason;
}

/** Joins the pairs held into one pair of batches and lets go of them. */
function together(held: Pair[]): [tf.Tensor4D, tf.Tensor4D] {
  const batch = tf.tidy(() => [batchOf(held, 0), batchOf(held, 1)] as [tf.Tensor4D, tf.Tensor4D]);
  tf.dispose(held.splice(0));
  return batch;
}

function batchOf(held: Pair[], side: 0 | 1): tf.Tensor4D {
  const items = held.map((pair) => pair[side]);
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

function endedForGood(side: 0 | 1): CycleGANError {
  return new CycleGANError(
    'INVALID_DATA',
    `unpaired: ${names[side]} ended first and gave nothing when started again. Pass something that can be read ` +
      `more than once (an array, a dataset, an object with its own iterator), or length "min".`,
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
