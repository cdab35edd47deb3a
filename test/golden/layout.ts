/**
 * Between the layouts of the cases and of tfjs. Images are NCHW in cases of PyTorch, NHWC in those of
 * Keras and in tfjs. (Weights change their layout in `loadStateDict` and `stateDict` of the library.)
 */
import * as tf from '@tensorflow/tfjs';
import type { Numbers } from './compare.js';
import { tensorOf, type GoldenCase } from './format.js';

/** The tensor `name` of a case as it is. */
export function given(golden: GoldenCase, name: string): tf.Tensor {
  const { data, shape } = tensorOf(golden, name);
  return tf.tensor(data, shape);
}

/** Images (or logits) of a case: [n, h, w, c]. */
export function images(golden: GoldenCase, name: string): tf.Tensor4D {
  const x = given(golden, name) as tf.Tensor4D;
  return golden.layout === 'pytorch' ? tf.tidy(() => tf.transpose(x, [0, 2, 3, 1])) : x;
}

/** Numbers of a tensor as it is. */
export async function numbers(x: tf.Tensor): Promise<Numbers> {
  return { shape: x.shape, data: Float32Array.from(await x.data()) };
}

/** Images [n, h, w, c] in the layout of a case. */
export async function inLayout(golden: GoldenCase, x: tf.Tensor): Promise<Numbers> {
  if (golden.layout !== 'pytorch') return numbers(x);
  const transposed = tf.transpose(x, [0, 3, 1, 2]);
  try {
    return await numbers(transposed);
  } finally {
    transposed.dispose();
  }
}
