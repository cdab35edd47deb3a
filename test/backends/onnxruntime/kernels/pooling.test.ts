/** Pooling and its gradients against the cpu backend: windows of all kinds, equal maxima, NaN and infinities. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { counting, onOnnxRuntime, results } from '../engine.js';

onOnnxRuntime();

type Pad = 'valid' | 'same' | number;

/** Whole numbers, so that many windows have several maxima. */
const ties = { values: (j: number) => (j * 7) % 4 };

const images = { maxPool: tf.maxPool, avgPool: tf.avgPool } as const;
const volumes = { maxPool3d: tf.maxPool3d, avgPool3d: tf.avgPool3d } as const;

describe.each(Object.entries(images))('%s', (_, pool) => {
  test.each([
    ['tiles', [2, 6, 4, 3], 2, 2, 'valid'],
    ['windows that overlap', [2, 6, 5, 3], 3, 1, 'same'],
    ['windows that overlap, of strides', [1, 7, 6, 2], 3, 2, 'same'],
    ['tiles that miss the end', [1, 7, 8, 2], 3, 3, 'valid'],
    ['strides larger than windows', [1, 7, 8, 2], 1, 3, 'valid'],
    ['single pixels', [2, 3, 4, 2], 1, 1, 'same'],
    ['all pixels', [2, 3, 3, 2], 3, 1, 'valid'],
    ['padding', [1, 5, 5, 2], 3, 2, 1],
  ] as [string, number[], number, number, Pad][])('%s', (_, shape, size, stride, pad) =>
    withoutLeaks(async () => {
      const f = (x: tf.Tensor) => pool(x as tf.Tensor4D, size, stride, pad);
      await compare((x) => f(x), [shape]);
      await compare((x) => f(x), [shape], ties);
    }),
  );

  test('counts of windows rounded up', () =>
    withoutLeaks(async () => {
      const options = { gradients: false }; // tfjs' ignore how counts were rounded
      await compare((x) => pool(x as tf.Tensor4D, 3, 2, 1, 'ceil'), [[2, 6, 8, 2]], options);
    }));

  test('windows that are not square', () =>
    withoutLeaks(() => compare((x) => pool(x as tf.Tensor4D, [2, 3], [1, 2], 'valid'), [[2, 5, 7, 2]])));
});

describe.each(Object.entries(volumes))('%s', (_, pool) => {
  test.each([
    ['tiles', [2, 4, 6, 2, 3], 2, 2, 'valid'],
    ['windows that overlap', [2, 4, 5, 3, 2], 3, 1, 'same'],
    ['windows that overlap, of strides', [1, 5, 6, 7, 2], 3, 2, 'same'],
    ['tiles that miss the end', [1, 4, 5, 4, 2], 3, 3, 'valid'],
    ['padding', [1, 5, 5, 5, 2], 3, 2, 1],
  ] as [string, number[], number, number, Pad][])('%s', (_, shape, size, stride, pad) =>
    withoutLeaks(async () => {
      const f = (x: tf.Tensor) => pool(x as tf.Tensor5D, size, stride, pad);
      await compare((x) => f(x), [shape]);
      await compare((x) => f(x), [shape], ties);
    }),
  );
});

const NaNs = [
  [NaN, NaN, 3, NaN],
  [NaN, NaN, 1, 2],
  [-Infinity, NaN, NaN, -5],
  [NaN, -Infinity, Infinity, NaN],
];

test('NaN is no maximum', () =>
  withoutLeaks(async () => {
    const [y, dx] = tf.tidy(() => {
      const x = tf.tensor4d(NaNs.flat(), [1, 4, 4, 1]);
      const f = (x: tf.Tensor4D) => tf.maxPool(x, 2, 2, 'valid');
      return [f(x), tf.grad((x) => tf.sum(tf.mul([[1, 2], [3, 4]], tf.reshape(f(x as tf.Tensor4D), [2, 2]))))(x)]; // prettier-ignore
    });
    expect([...(await y.data())]).toEqual([-Infinity, 3, -Infinity, Infinity]);
    // Where there is no maximum, the gradient goes nowhere in particular.
    const numbers = await dx.data();
    expect([2, 3, 6, 7, 10, 11, 14, 15].map((i) => numbers[i])).toEqual([2, 0, 0, 0, 0, 0, 4, 0]);
    tf.dispose([y, dx]);
  }));

test('an average with NaN is NaN, and no other', () =>
  withoutLeaks(async () => {
    const y = tf.tidy(() => tf.avgPool(tf.tensor4d([NaN, 1, 2, 3, 4, 6, 8, 10], [1, 2, 4, 1]), 2, 2, 'valid')); // prettier-ignore
    expect([...(await y.data())]).toEqual([NaN, 5.75]);
    y.dispose();
  }));

test('pooling between convolutions', () =>
  withoutLeaks(() =>
    compare(
      (x, w) => {
        const conv = (x: tf.Tensor4D) => tf.conv2d(x, w as tf.Tensor4D, 1, 'same');
        return conv(tf.avgPool(conv(tf.maxPool(conv(x as tf.Tensor4D), 2, 2, 'same')), 2, 2, 'valid'));
      },
      [[2, 8, 8, 3], [3, 3, 3, 3]], // prettier-ignore
    ),
  ));

test.each([
  ['in images', 16, [], () => tf.maxPool(tf.ones<tf.Rank.R4>([1, 3, 3, 1]), 1, 1, 1)],
  ['in volumes, on the cpu backend', 98, ['MaxPool3D'], () => tf.maxPool3d(tf.ones<tf.Rank.R5>([1, 3, 3, 3, 1]), 1, 1, 1)], // prettier-ignore
])('windows that lie in the padding altogether have no maximum, %s', (_, count, onCpu, pool) =>
  withoutLeaks(async () => {
    const { fallenBack } = await counting(async () => {
      const y = tf.tidy(() => pool() as tf.Tensor);
      expect([...(await y.data())].filter((value) => value === -Infinity)).toHaveLength(count);
      y.dispose();
    });
    expect(fallenBack).toEqual(onCpu);
  }),
);

test('NaN is no maximum of a window of one element in volumes, and stays in images, as on cpu', () =>
  withoutLeaks(async () => {
    const [image, volume] = await results(() => [
      tf.maxPool(tf.tensor4d([NaN, 2], [1, 2, 1, 1]), 1, 1, 'valid'),
      tf.maxPool3d(tf.tensor5d([NaN, 2], [1, 2, 1, 1, 1]), 1, 1, 'valid'),
    ]);
    expect(image!.data).toEqual([NaN, 2]);
    expect(volume!.data).toEqual([-Infinity, 2]);
  }));
