/** Checks that the values of images are finite and in [−1, 1]. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from './errors.js';
import { hostValues } from './host-values.js';

/** 1, plus the rounding error of 16-bit floats. */
const largest = 1.001;

/**
 * Refuses values out of range.
 *
 * @param values the values of a tensor, or the one value that all of its elements have
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export function checkValues(where: string, name: string, values: ArrayLike<number>): void {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: ${name} must be finite and in [-1, 1], got ${value}. Check the file and its preprocessing.`,
      );
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (values.length === 0 || (low >= -largest && high <= largest)) return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: ${name} must be in [-1, 1], got values from ${low} to ${high}. ` +
      `Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.`,
  );
}

/**
 * Checks the values of an image if they are in main memory.
 *
 * @returns whether they are
 * @throws CycleGANError as {@link checkValues}
 */
export function checkHostValues(where: string, name: string, image: tf.Tensor): boolean {
  const values = hostValues(image);
  if (values !== undefined) checkValues(where, name, values);
  return values !== undefined;
}

/** 1 if {@link checkValues} accepts an image, else 0. For images whose values are not in main memory. */
export const valuesFit = (image: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.min(tf.cast(tf.lessEqual(tf.abs(image), largest), 'float32')));
