/** The values of images that metrics compare. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { resolveOptions, satisfying, show, withDefault } from '../core/options.js';

/** An image as plain data: values in row-major order. */
export interface PixelData {
  readonly data: Float32Array | Float64Array | Uint8Array | Uint8ClampedArray;
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** An image: a tensor [height, width, channels], which stays the caller's, or plain data. */
export type Pixels = tf.Tensor3D | PixelData;

/** Options of {@link ssim} and {@link psnr}. */
export interface RangeOptions {
  /**
   * The difference between the largest and the smallest possible value: 2 for images in [−1, 1], 255 for levels.
   * @default 2
   */
  range?: number;
}

const phrase = 'a number above 0';
const entries = {
  range: withDefault(
    satisfying<number>((value) => typeof value === 'number' && value > 0 && value < Infinity, phrase),
    2,
  ),
};

/** @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION` */
export const rangeOf = (where: string, options: RangeOptions): number =>
  resolveOptions(where, entries, options).range;

/**
 * The values of two images of the same shape.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
 */
export async function pixelsOf(where: string, a: Pixels, b: Pixels): Promise<[PixelData, PixelData]> {
  checkPixels(where, 'a', a);
  checkPixels(where, 'b', b);
  if (a.shape.join() !== b.shape.join()) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: both images must have the same shape, got ${show(a.shape)} and ${show(b.shape)}.`,
    );
  }
  return Promise.all([valuesOf(where, 'a', a), valuesOf(where, 'b', b)]);
}

/** The values of one image, likewise checked. */
export async function pixelsOfOne(where: string, image: Pixels): Promise<PixelData> {
  checkPixels(where, 'image', image);
  return valuesOf(where, 'image', image);
}

function checkPixels(where: string, name: string, image: Pixels): void {
  const given = image as Partial<PixelData> | tf.Tensor | undefined | null;
  const { shape } = given ?? {};
  const isImage =
    Array.isArray(shape) &&
    shape.length === 3 &&
    (given instanceof tf.Tensor ||
      (given as Partial<PixelData>).data?.length === shape.reduce((a: number, b: number) => a * b, 1));
  if (!isImage || shape.includes(0)) {
    throw new CycleGANError(
      shape === undefined ? 'INVALID_ARGUMENT' : 'INVALID_SHAPE',
      `${where}: ${name} must be an image [height, width, channels], a tensor or { data, shape }, got ` +
        `${shape === undefined ? show(given) : `the shape ${show(shape)}`}. Pass the images of a batch one by one: tf.unstack.`,
    );
  }
}

async function valuesOf(where: string, name: string, image: Pixels): Promise<PixelData> {
  const data = image instanceof tf.Tensor ? await image.data<'float32'>() : image.data;
  if (!data.every(Number.isFinite)) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `${where}: the values of ${name} must be finite, got NaN or infinity.`,
    );
  }
  return { data, shape: image.shape };
}
