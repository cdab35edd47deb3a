/** Normalizations against the cpu backend: statistics of all shapes, infinities, windows wider than the channels. */
import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { gives } from '../edges.js';
import { onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const PICTURE = [2, 3, 4, 3];
const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');

describe('batchNorm', () => {
  test.each([
    ['of each channel', [3]],
    ['of each place', [3, 4, 3]],
    ['of each element', PICTURE],
  ])('with statistics %s', (_, stats) =>
    withoutLeaks(async () => {
      const normalize = (
        x: tf.Tensor,
        mean: tf.Tensor,
        root: tf.Tensor,
        offset?: tf.Tensor,
        scale?: tf.Tensor,
      ) => tf.batchNorm(x, mean, tf.square(root), offset, scale, 0.01);
      const shapes = [PICTURE, stats, stats, stats, stats];
      // tfjs' gradient is for statistics of channels, and needs a scale.
      await compare((x, mean, root, offset, scale) => normalize(x, mean, root, offset, scale), shapes, {
        gradients: stats.length === 1,
      });
      const plain = { gradients: false };
      await compare((x, mean, root) => normalize(x, mean, root), shapes.slice(0, 3), plain);
      await compare((x, mean, root, offset) => normalize(x, mean, root, offset), shapes.slice(0, 4), plain);
    }),
  );

  test('between convolutions', () =>
    withoutLeaks(() =>
      compare(
        (x, w, mean, root, scale) => {
          const variance = tf.square(root);
          return conv(tf.batchNorm(conv(x, w), mean, variance, tf.zeros([3]), scale), w);
        },
        [PICTURE, [3, 3, 3, 3], [3], [3], [3]],
      ),
    ));
});

describe('softmax', () => {
  test('of large numbers, infinities and NaN', () =>
    withoutLeaks(() => {
      const rows = [1000, 0, 0, -1000, 0, -Infinity, NaN, 0, 1, -Infinity, -Infinity, -Infinity];
      return gives(() => tf.softmax(tf.tensor2d(rows, [4, 3])), 'float32', [
        1,
        0,
        0,
        0,
        1,
        0,
        NaN,
        NaN,
        NaN,
        NaN,
        NaN,
        NaN,
      ]);
    }));

  test('between convolutions', () =>
    withoutLeaks(() =>
      compare((x, w) => conv(tf.softmax(conv(x, w)), w), [PICTURE, [3, 3, 3, 3]], { gradients: false }),
    ));

  test('gradients', () => withoutLeaks(() => compare((x) => tf.softmax(x), [[4, 5]])));
});

describe('localResponseNormalization', () => {
  test.each([
    [0, 1, 1, 0.5],
    [1, 1, 0.5, 0.75],
    [2, 2, 1.5, 1],
    [5, 1, 1, 0.5],
  ])('radius %d, bias %d, alpha %d, beta %d', (radius, bias, alpha, beta) =>
    withoutLeaks(async () => {
      const normalize = (x: tf.Tensor) =>
        tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta);
      await compare((x) => normalize(x), [[2, 3, 2, 7]]);
      await compare((x, w) => conv(normalize(conv(x, w)), w), [PICTURE, [3, 3, 3, 3]]);
    }),
  );
});
