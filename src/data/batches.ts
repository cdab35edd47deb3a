/** Training data: an epoch is a sequence of batches, with tensors by name. This file joins the steps of an epoch to batches. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { RandomSource } from '../core/random.js';
import type { EpochPosition } from './epoch-order.js';
import type { OnSkip } from './reader.js';
import type { Step } from './step.js';

/** One batch, and the position of the epoch after it. */
export interface EpochItem {
  /** Images [n, h, w, c] by the name of their set, and labels [n] (int32) if there are any. The consumer disposes them. */
  batch: Record<string, tf.Tensor>;
  /** The names of the images by set; empty for images without names. */
  names: Record<string, string[]>;
  /** Undefined for sets of unknown length. */
  position: EpochPosition | undefined;
}

/** Options for starting an epoch. */
export interface OpenOptions {
  /** The source of orders, crops and flips. One value is drawn from it. */
  random: RandomSource;
  /** Resumes the epoch after this position. Images that have been shown are not read again. */
  after?: EpochPosition | undefined;
  /** Called for each image that cannot be read and is skipped. */
  onSkip?: OnSkip | undefined;
  /** Number of batches after which the epoch ends. No more images are read. */
  limit?: number | undefined;
}

/** Training data, from which any number of epochs can be started. */
export interface Batches {
  /** The names of the sets. */
  readonly sets: readonly string[];
  /** Number of batches in an epoch; undefined for sets of unknown length. */
  readonly length: number | undefined;
  /** Starts an epoch. */
  open(options: OpenOptions): AsyncGenerator<EpochItem, void, undefined>;
}

/**
 * Joins steps to batches. Incomplete batches are disposed if the consumer leaves early.
 *
 * @param whole whether a last batch that is smaller than the others is skipped
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

/** Joins the held steps to one batch, and disposes and removes them. */
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

/** One label for each image, also if a step has several images. */
const labelsOf = (held: readonly Step[]): number[] =>
  held.flatMap(({ images: [first], label }) =>
    Array.from({ length: first!.rank === 4 ? first!.shape[0] : 1 }, () => label!),
  );

function imagesOf(held: readonly Step[], side: number, where: string, set: string): tf.Tensor4D {
  const items = held.map(({ images }) => images[side]!);
  for (const item of items) {
    const wanted = item instanceof tf.Tensor && (item.rank === 3 || item.rank === 4);
    if (!wanted) throw noImage(where, set, item);
    const [first, here] = [items[0]!, item].map((x) => x.shape.slice(-3));
    if (String(first) !== String(here)) throw unequal(where, set, first!, here!);
  }
  return tf.concat(
    items.map((item) => (item.rank === 3 ? tf.expandDims(item as tf.Tensor3D) : item)) as tf.Tensor4D[],
  );
}

function noImage(where: string, set: string, item: tf.Tensor): CycleGANError {
  const got = item instanceof tf.Tensor ? `shape [${item.shape.join(', ')}]` : show(item);
  return new CycleGANError(
    'INVALID_SHAPE',
    `${where}: ${set} must consist of tensors [h, w, c] or [n, h, w, c], got ${got}.`,
  );
}

function unequal(where: string, set: string, first: number[], here: number[]): CycleGANError {
  return new CycleGANError(
    'INVALID_SHAPE',
    `${where}: images of one batch must have the same size, got [${first.join(', ')}] and [${here.join(', ')}] ` +
      `from ${set}. Resize or crop them, or use batchSize 1.`,
  );
}
