/**
 * Random tensors that a computation asks for. Whoever runs the computation decides where they come from: a trainer draws
 * them before the computation begins and passes them in as inputs, so that it can be captured and replayed.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomSource } from './random.js';

/** Gives random tensors. */
export interface Draws {
  /** A new float32 tensor of independent values from [0, 1), the caller's to dispose of. */
  uniform(shape: readonly number[]): tf.Tensor;
}

/** Values from [0, 1) for a tensor of this shape, in its order. */
export const uniformValues = (shape: readonly number[], random: RandomSource): Float32Array =>
  Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.uniform());

/** Draws from a stream at each call. */
export const drawFrom = (random: RandomSource): Draws => ({
  uniform: (shape) => tf.tensor(uniformValues(shape, random), [...shape]),
});
