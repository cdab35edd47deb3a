/** Features of images: rows of values, one for each image. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

/** Features as plain data: values in row-major order, a row for each image. */
export interface FeatureData {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly [count: number, size: number];
}

/** Features of images: a tensor [count, size], which stays the caller's, or plain data. */
export type Features = tf.Tensor2D | FeatureData;

/**
 * Checks features, and reads their values.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
 */
export async function featuresOf(where: string, name: string, features: Features): Promise<FeatureData> {
  const given = features as Partial<FeatureData> | tf.Tensor | undefined | null;
  const { shape } = given ?? {};
  const isRows =
    Array.isArray(shape) &&
    shape.length === 2 &&
    shape[1] > 0 &&
    (given instanceof tf.Tensor || (given as Partial<FeatureData>).data?.length === shape[0] * shape[1]);
  if (!isRows) {
    throw new CycleGANError(
      shape === undefined ? 'INVALID_ARGUMENT' : 'INVALID_SHAPE',
      `${where}: ${name} must be features [count, size], a tensor or { data, shape }, got ` +
        `${shape === undefined ? show(given) : `the shape ${show(shape)}`}.`,
    );
  }
  const data = features instanceof tf.Tensor ? await features.data<'float32'>() : features.data;
  if (!data.every(Number.isFinite)) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `${where}: the values of ${name} must be finite, got NaN or infinity. Check the feature network and the range of its inputs.`,
    );
  }
  return { data, shape: shape as unknown as [number, number] };
}

/** @throws CycleGANError `INVALID_SHAPE` */
export function checkSameSize(where: string, a: number, b: number): void {
  if (a === b) return;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `${where}: all features must have the same size, got ${a} and ${b}. Use one feature network for all images.`,
  );
}
