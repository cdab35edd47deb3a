/** The form of a policy, and what policies share. */
import * as tf from '@tensorflow/tfjs-core';

/** A way to change images at random. Its gradient with respect to the images exists, and that of the gradient, too. */
export interface Policy {
  /** How many random values an image needs. */
  readonly draws: number;
  /**
   * @param x images [B, H, W, C] in [−1, 1]
   * @param draws values from [0, 1), [B, 1, 1, 1] each
   * @returns images of the same shape; values may leave [−1, 1]
   */
  apply(x: tf.Tensor4D, draws: readonly tf.Tensor4D[]): tf.Tensor4D;
}

/** The whole numbers from 0 to `below` − 1 that values from [0, 1) stand for. Rounded to float32, such a value may be 1. */
export const wholeNumbers = (values: tf.Tensor4D, below: number): tf.Tensor4D =>
  tf.minimum(tf.floor(tf.mul(values, below)), below - 1);

/** 0, 1 … size − 1, in this shape. (The op `range` would not become part of a graph.) */
export const places = (size: number, shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: size }, (_, i) => i),
    shape,
  );
