/**
 * Random tensors as inputs of a computation. A trainer draws them and passes them in, so that the computation can be captured
 * and replayed.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomSource } from './random.js';

/** A source of random tensors. */
export interface Draws {
  /** Returns a new float32 tensor of independent values from [0, 1). The caller disposes of it. */
  uniform(shape: readonly number[]): tf.Tensor;
}

/** Values from [0, 1) for a tensor of this shape, in row-major order. */
export const uniformValues = (shape: readonly number[], random: RandomSource): Float32Array =>
  Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.uniform());

/** A source that draws from a random stream at each call. */
export const drawFrom = (random: RandomSource): Draws => ({
  uniform: (shape) => tf.tensor(uniformValues(shape, random), [...shape]),
});
