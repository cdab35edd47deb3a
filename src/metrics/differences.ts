/** L1 and PSNR: differences of pixels. */
import { type Pixels, type PixelData, pixelsOf, rangeOf, type RangeOptions } from './pixels.js';

/** The mean of a function of both values, over all pixels and channels. */
function meanOf(a: PixelData, b: PixelData, of: (difference: number) => number): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += of(a.data[i]! - b.data[i]!);
  return sum / a.data.length;
}

/**
 * The mean absolute difference of two images, in the units of their values: for images in [−1, 1], it is from 0 to 2. Lower is better.
 *
 * @param a a tensor [height, width, channels], or plain data
 * @param b an image of the same shape
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { l1 } from 'ts-cyclegan/metrics';
 * console.log(await l1(tf.zeros([8, 8, 3]), tf.ones([8, 8, 3]))); // 1
 * ```
 */
export async function l1(a: Pixels, b: Pixels): Promise<number> {
  return l1Of(...(await pixelsOf('l1', a, b)));
}

/** {@link l1} of checked data. */
export const l1Of = (a: PixelData, b: PixelData): number => meanOf(a, b, Math.abs);

/**
 * The peak signal-to-noise ratio of two images in decibels: 10 log₁₀(range² / mean squared difference). Higher is better; equal
 * images have `Infinity`.
 *
 * @param a a tensor [height, width, channels], or plain data
 * @param b an image of the same shape
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
 */
export async function psnr(a: Pixels, b: Pixels, options: RangeOptions = {}): Promise<number> {
  const range = rangeOf('psnr', options);
  return psnrOf(...(await pixelsOf('psnr', a, b)), range);
}

/** {@link psnr} of checked data. */
export const psnrOf = (a: PixelData, b: PixelData, range: number): number =>
  10 * Math.log10(range ** 2 / meanOf(a, b, (difference) => difference ** 2));
