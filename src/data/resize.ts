/** Both conventions' resize as tensor functions. The bicubic one is a matrix product, which suits GPUs. */
import * as tf from '@tensorflow/tfjs-core';
import { type ResizeFilter, tapsOf } from './resample.js';

/**
 * Resizes an image.
 *
 * @param levels [h, w, c], 0..255
 * @param size [height, width] of the result
 * @param filter `'bicubic'`: as in Pillow (PyTorch), with antialiasing; rounds to levels. `'bilinear'`: as in TensorFlow
 * (Keras), with half-pixel centres, without antialiasing; does not round
 * @returns [height, width, c], float32
 */
export function resizeImage(
  levels: tf.Tensor3D,
  size: readonly [height: number, width: number],
  filter: ResizeFilter,
): tf.Tensor3D {
  const [height, width] = size;
  return tf.tidy(() => {
    if (filter === 'bilinear') return tf.image.resizeBilinear(levels, [height, width], false, true);
    const [h, w, c] = levels.shape;
    // the matrices act on the first axis of [w, h·c], then of [h, width·c]; like Pillow, round and clip in between
    const columns = tf.reshape(tf.transpose(tf.cast(levels, 'float32'), [1, 0, 2]), [w, h * c]);
    const narrowed = tf.reshape(roundAndClip(tf.matMul(bicubicMatrix(w, width), columns)), [width, h, c]);
    const rows = tf.reshape(tf.transpose(narrowed, [1, 0, 2]), [h, width * c]);
    return tf.reshape(roundAndClip(tf.matMul(bicubicMatrix(h, height), rows)), [height, width, c]);
  });
}

/** Rounds halves up, like Pillow. */
const roundAndClip = (x: tf.Tensor2D): tf.Tensor2D => tf.clipByValue(tf.floor(tf.add(x, 0.5)), 0, 255);

/** [to, from]: row i has the weights of the input pixels for output pixel i. */
function bicubicMatrix(from: number, to: number): tf.Tensor2D {
  const { first, weights, count } = tapsOf('bicubic', from, to);
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    matrix.set(weights.subarray(i * count, (i + 1) * count), i * from + first[i]!);
  }
  return tf.tensor2d(matrix, [to, from]);
}
