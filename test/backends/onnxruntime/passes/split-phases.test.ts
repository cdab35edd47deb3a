/** Gradients of convolutions with stride, phase by phase, against tfjs' cpu backend; and where that form is taken. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { scattered } from '../../../support/finite-differences.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { graphsOf, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Pad = 'same' | 'valid' | number;
const transposed =
  (size: [number, number], pad: Pad = 'same', strides: number | [number, number] = 2) =>
  (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [x.shape[0], ...size, w.shape[2]!], strides, pad, typeof pad === 'number' ? 'floor' : undefined); // prettier-ignore

/** What `call` gives on a backend for some images and filters. */
async function numbersOn(backend: string, call: typeof gradient, x: number[], w: number[]) {
  await tf.setBackend(backend);
  const y = tf.tidy(() => call(scattered(x, 1), scattered(w, 2)));
  const numbers = await y.data<'float32'>();
  y.dispose();
  return numbers;
}

/** The gradient of a convolution behind another, with respect to what goes into that. */
const gradient = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
  const first = tf.ones<tf.Rank.R4>([1, 1, x.shape[3]!, w.shape[2]!]);
  const loss = (x: tf.Tensor) =>
    tf.sum(tf.square(tf.conv2d(tf.conv2d(x as tf.Tensor4D, first, 1, 'same'), w as tf.Tensor4D, 2, 'same')));
  return tf.grad(loss)(x);
};

describe('same values', () => {
  test.each<[string, typeof gradient, number[], number[]]>([
    ['padded as for the same size', transposed([128, 136]), [1, 64, 68, 3], [3, 3, 16, 3]],
    ['odd sizes, two images', transposed([127, 135]), [2, 64, 68, 3], [3, 3, 16, 3]],
    ['all that windows touch', transposed([129, 137], 'valid'), [1, 64, 68, 3], [3, 3, 16, 3]],
    ['more than windows touch', transposed([130, 138], 'valid'), [1, 64, 68, 3], [3, 3, 16, 3]],
    ['padded by a number', transposed([128, 135], 1), [1, 64, 68, 2], [3, 3, 17, 2]],
    ['much padding', transposed([125, 133], 2), [1, 64, 68, 2], [3, 3, 16, 2]],
    ['of a convolution between others', gradient, [1, 128, 129, 2], [3, 3, 16, 3]],
  ])('%s', (_, call, x, w) =>
    withoutLeaks(async () => {
      const want = await numbersOn('cpu', call, x, w);
      const got = await numbersOn('onnxruntime', call, x, w);
      const largest = want.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
      expect(got).toBeAllClose(want, { rtol: 2e-5, atol: 2e-6 * largest });
    }),
  );
});

test.each<[string, boolean, number[], number[], number | [number, number]]>([
  ['large images', true, [1, 64, 64, 3], [3, 3, 16, 3], 2],
  ['small ones', false, [1, 63, 64, 3], [3, 3, 16, 3], 2],
  ['no stride', false, [1, 64, 64, 3], [3, 3, 16, 3], 1],
  ['a stride along rows only', false, [1, 64, 64, 3], [3, 3, 16, 3], [2, 1]],
  ['few channels', false, [1, 64, 64, 3], [3, 3, 15, 3], 2],
  ['larger filters', false, [1, 64, 64, 3], [4, 4, 16, 3], 2],
])('%s: %s', (_, byPhases, x, w, strides) =>
  withoutLeaks(async () => {
    const [down, across] = [strides].flat().concat([strides].flat());
    const { operators } = await graphsOf(() => {
      tf.tidy(() => {
        const call = transposed([x[1]! * down!, x[2]! * across!], 'same', strides);
        void call(tf.randomNormal(x), tf.randomNormal(w)).dataSync();
      });
    });
    expect(operators.at(-1)!.includes('Concat')).toBe(byPhases);
  }),
);
