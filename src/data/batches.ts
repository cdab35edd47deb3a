/** What training reads: an epoch as batches by name. The steps of any kind of epoch become batches here. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { RandomSource } from '../core/random.js';
import type { EpochPosition } from './epoch-order.js';
import type { OnLeftOut } from './reader.js';
import type { Step } from './step.js';

/** One batch, and how far the epoch has come with it; unknown for sets of unknown length. */
export interface EpochItem {
  /** Images [n, h, w, c] by the name of their set, and labels [n] (int32) if there are any; the consumer's to dispose of. */
  batch: Record<string, tf.Tensor>;
  /** The names of the images by set, if they have names. */
  names: Record<string, string[]>;
  position: EpochPosition | undefined;
}

/** How an epoch is opened. */
export interface OpenOptions {
  /** Where orders, crops and flips come from. It is drawn from once. */
  random: RandomSource;
  /** Resumes the epoch after this position: what was shown is not read again. */
  after?: EpochPosition | undefined;
  /** Told of each image that cannot be read and is left out. */
  onLeftOut?: OnLeftOut | undefined;
  /** Ends the epoch after so many batches, and reads no more. */
  limit?: number | undefined;
}

/** Training data: every epoch of it is opened anew. */
export interface Batches {
  /** The names of its sets. */
  readonly sets: readonly string[];
  /** Batches in an epoch; undefined for sets of unknown length. */
  readonly length: number | undefined;
  /** Starts an epoch. */
  open(options: OpenOptions): AsyncGenerator<EpochItem, void, undefined>;
}

/**
 * Joins steps to batches. What is held when the consumer leaves is disposed.
 *
 * @param whole whether the last batch is left out if it is smaller than the others
 */
export async function* batchesOf(
  steps: AsyncIterable<Step>,
  where: string,
  sets: readonly string[],
  batchSize: number,
  whole = false,
): AsyncGenerator<EpochItem, void, undefined> {
  const held: Step[] = [];
  try {
    for await (const step of steps) {
      held.push(step);
      if (held.length === batchSize) yield together(held, where, sets);
    }
    if (held.length > 0 && !whole) yield together(held, where, sets);
  } finally {
    tf.dispose(held.map(({ images }) => images));
  }
}

/** Joins the steps held into one batch and lets go of them. */
function together(held: Step[], where: string, sets: readonly string[]): EpochItem {
  const batch: Record<string, tf.Tensor> = tf.tidy(() =>
    Object.fromEntries(sets.map((set, i) => [set, imagesOf(held, i, where, set)])),
  );
  if (held[0]!.label !== undefined) batch.labels = tf.tensor1d(labelsOf(held), 'int32');
  const { position } = held.at(-1)!;
  const names = Object.fromEntries(
    sets.map((set, i) => [set, held.flatMap((step) => step.names?.[i] ?? [])]),
  );
  tf.dispose(held.map(({ images }) => images));
  held.length = 0;
  return { batch, names, position };
}

/** One label for each image, also where a step has several. */
const labelsOf = (held: readonly Step[]): number[] =>
  held.flatMap(({ images: [first], label }) =>
    Array.from({ length: first!.rank === 4 ? first!.shape[0] : 1 }, () => label!),
  );

function imagesOf(held: readonly Step[], side: number, where: string, set: string): tf.Tensor4D {
  const items = held.map(({ images }) => images[side]!);
  for (const item of items) {
    const wanted = item instanceof tf.Tensor && (item.rank === 3 || item.rank === 4);
    if (!wanted) throw noPicture(where, set, item);
    const [first, here] = [items[0]!, item].map((x) => x.shape.slice(-3));
    if (String(first) !== String(here)) throw unequal(where, set, first!, here!);
  }
  return tf.concat(
    items.map((item) => (item.rank === 3 ? tf.expandDims(item as tf.Tensor3D) : item)) as tf.Tensor4D[],
  );
}

function noPicture(where: string, set: string, item: tf.Tensor): CycleGANError {
  const got = item instanceof tf.Tensor ? `shape [${item.shape.join(', ')}]` : show(item);
  return new CycleGANError(
    'INVALID_SHAPE',
    `${where}: ${set} must give tensors [h, w, c] or [n, h, w, c], got ${got}.`,
  );
}

function unequal(where: string, set: string, first: number[], here: number[]): CycleGANError {
  return new CycleGANError(
    'INVALID_SHAPE',
    `${where}: pictures of one batch must have one size, got [${first.join(', ')}] and [${here.join(', ')}] ` +
      `from ${set}. Resize or crop them first, or use batchSize 1.`,
  );
}
