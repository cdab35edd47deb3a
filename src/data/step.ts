/** The steps of an epoch. */
import * as tf from '@tensorflow/tfjs-core';
import type { EpochPosition } from './epoch-order.js';

/** Where an epoch begins and ends, and how far ahead of training it is read. */
export interface Reading {
  /** Resumes the epoch after this position. */
  readonly after?: EpochPosition | undefined;
  /** Number of steps that are read at the same time. */
  readonly depth: number;
  /** Number of steps after which the epoch ends. No more images are read. */
  readonly limit?: number | undefined;
}

/** Everything that an epoch depends on, except its sets and seed. */
export interface EpochSettings extends Reading {
  readonly length: 'max' | 'min';
  readonly shuffle: boolean;
  readonly serial: boolean;
}

/**
 * How an epoch is read: a batch and a few more steps at the same time, so that all threads that decode have work, and the next
 * batch is there when it is needed.
 */
export const readingOf = (
  batchSize: number,
  { after, limit }: { after?: EpochPosition | undefined; limit?: number | undefined },
): Reading => ({ after, depth: batchSize + 3, limit: limit === undefined ? undefined : limit * batchSize });

/** The images of a step, one of each set, and the position of the epoch after it if it is known. */
export interface Step {
  images: tf.Tensor[];
  /** The name of each image, if they have names. */
  names?: string[];
  /** The class of the images. */
  label?: number;
  position?: EpochPosition;
}

/** Awaits both tensors. If one fails, the other is disposed. */
export async function both<T extends tf.Tensor | undefined>(
  a: T | Promise<T>,
  b: T | Promise<T>,
): Promise<[T, T]> {
  const results = await Promise.allSettled([a, b]);
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return results.map((result) => (result as PromiseFulfilledResult<T>).value) as [T, T];
  tf.dispose(results.map((result) => (result.status === 'fulfilled' ? result.value : null)) as tf.Tensor[]);
  throw failed.reason;
}
