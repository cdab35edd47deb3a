/** What the two kinds of epochs share: their settings, and a step of them. */
import * as tf from '@tensorflow/tfjs-core';
import type { EpochPosition } from './epoch-order.js';

/** What an epoch depends on, beside its sets and seed. */
export interface EpochSettings {
  readonly length: 'max' | 'min';
  readonly shuffle: boolean;
  readonly serial: boolean;
  /** Resumes the epoch after this position. */
  readonly after?: EpochPosition | undefined;
}

/** The images of a step, one of each set, and how far the epoch has come with them if that can be told. */
export interface Step {
  images: tf.Tensor[];
  /** The name of each image, if they have names. */
  names?: string[];
  /** The class of the images. */
  label?: number;
  position?: EpochPosition;
}

/** Waits for both; where one fails, the other is not left behind. */
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
