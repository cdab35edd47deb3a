/** Converts labels to one-hot rows, and appends them to inputs. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { requireShape } from './shapes.js';

/**
 * Converts class indices to one-hot rows.
 *
 * @param labels the class index of each image, from 0 to `classes` − 1
 * @returns [labels.length, classes]
 * @throws CycleGANError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { oneHotLabels } from 'ts-cyclegan';
 * console.log(oneHotLabels([2, 0], 3).arraySync()); // [ [ 0, 0, 1 ], [ 1, 0, 0 ] ]
 * ```
 */
export function oneHotLabels(labels: ArrayLike<number>, classes: number): tf.Tensor2D {
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `oneHotLabels: classes must be a whole number from 1, got ${show(classes)}.`,
    );
  }
  const indices = Array.from(labels);
  for (const [i, label] of indices.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `oneHotLabels: labels[${i}] must be a whole number from 0 to ${classes - 1}, got ${show(label)}.`,
      );
    }
  }
  const values = new Float32Array(indices.length * classes);
  for (const [i, label] of indices.entries()) values[i * classes + label] = 1;
  return tf.tensor2d(values, [indices.length, classes]);
}

/**
 * Appends labels to the last axis of an input. Vectors get the one-hot values, and images get one channel of zeros or ones per
 * class.
 *
 * @param x [B, n] or [B, H, W, C]
 * @param labels [B, classes], one-hot: see {@link oneHotLabels}
 * @returns [B, n + classes] or [B, H, W, C + classes]
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function appendLabels<T extends tf.Tensor2D | tf.Tensor4D>(x: T, labels: tf.Tensor2D): T {
  requireShape('appendLabels', 'x', x, '[batch, values] or [batch, height, width, channels]', ({ length }) =>
    [2, 4].includes(length),
  );
  const [batch, height, width] = x.shape;
  const fits = (shape: readonly number[]) => shape.length === 2 && shape[0] === batch;
  requireShape('appendLabels', 'labels', labels, `one-hot rows [${batch}, classes]`, fits);
  if (x.rank === 2) return tf.concat<tf.Tensor>([x, labels], 1) as T;
  return tf.tidy(() => {
    const maps = tf.tile(tf.reshape(labels, [batch, 1, 1, -1]), [1, height, width!, 1]);
    return tf.concat<tf.Tensor>([x, maps], 3) as T;
  });
}
