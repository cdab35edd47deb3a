/** Convolutions to few channels, row of the filter by row, against tfjs' cpu backend; and where that form is taken. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { graphsOf, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Strides = number | [number, number];
const conv =
  (pad: 'same' | 'valid' | number, strides: Strides = 1, dilations: Strides = 1) =>
  (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', dilations, typeof pad === 'number' ? 'floor' : undefined); // prettier-ignore
const fused = (activation: 'relu' | 'linear') => (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
  tf.fused.conv2d({ x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, strides: 1, pad: 'same', bias, activation }); // prettier-ignore

describe('same values', () => {
  const cases: [string, (...inputs: tf.Tensor[]) => tf.Tensor, number[][]][] = [
    ['7 × 7', conv('valid'), [[1, 12, 13, 16], [7, 7, 16, 3]]],
    ['to one channel, padded, two images', conv('same'), [[2, 9, 8, 16], [4, 4, 16, 1]]],
    ['padded by a number', conv(2), [[1, 9, 8, 16], [3, 5, 16, 2]]],
    ['columns with a stride', conv('same', [1, 2]), [[1, 9, 9, 16], [5, 3, 16, 8]]],
    ['columns apart', conv('same', 1, [1, 2]), [[1, 9, 9, 16], [3, 3, 16, 2]]],
    ['with a bias', fused('linear'), [[1, 8, 9, 16], [5, 5, 16, 3], [3]]],
    ['with a bias and an activation', fused('relu'), [[2, 8, 9, 16], [3, 3, 16, 3], [3]]],
    ['channels first', (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid', 'NCHW'), [[2, 16, 9, 8], [5, 5, 16, 3]]],
    ['behind another', (x, v, w) => conv('same')(conv('same')(x, v), w), [[1, 8, 9, 16], [3, 3, 16, 16], [7, 7, 16, 3]]],
  ]; // prettier-ignore
  test.each(cases)('%s', (_, f, shapes) => withoutLeaks(() => compare(f, shapes, { gradients: false })));
});

test.each<[string, boolean, number[], number[], Strides]>([
  ['few channels out', true, [1, 9, 9, 16], [3, 3, 16, 8], 1],
  ['rows with a stride', false, [1, 9, 9, 16], [3, 3, 16, 8], 2],
  ['many channels out', false, [1, 9, 9, 16], [3, 3, 16, 9], 1],
  ['few channels in', false, [1, 9, 9, 3], [3, 3, 3, 8], 1],
  ['filters of one row', false, [1, 9, 9, 16], [1, 3, 16, 8], 1],
])('%s: %s', (_, byRows, x, w, strides) =>
  withoutLeaks(async () => {
    const { operators } = await graphsOf(() => {
      tf.tidy(() => void conv('same', strides)(tf.randomNormal(x), tf.randomNormal(w)).dataSync());
    });
    expect(operators.at(-1)!.includes('Sum')).toBe(byRows);
  }),
);
