/** The steps of an epoch. */
import * as tf from '@tensorflow/tfjs-core';
import type { EpochPosition } from './epoch-order.js';

/** Everything that an epoch depends on, except its sets and seed. */
export interface EpochSettings {
  readonly length: 'max' | 'min';
  readonly shuffle: boolean;
  readonly serial: boolean;
  /** Resumes the epoch after this position. */
  readonly after?: EpochPosition | undefined;
}

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
