/** Convolutions and their gradients against the cpu backend, over shapes that tfjs-core's specs do not have. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
type Rounding = 'floor' | 'ceil' | 'round';

const explicit: Pad = [[0, 0], [2, 0], [1, 3], [0, 0]]; // prettier-ignore

/** Shapes of images and filters, stride, padding, rounding. */
const cases: readonly [string, number[], number[], number, Pad, Rounding?][] = [
  ['batches', [3, 6, 5, 2], [3, 3, 2, 4], 1, 'same'],
  ['one image', [1, 6, 5, 2], [3, 2, 2, 4], 1, 'valid'],
  ['strides over pixels that no window reaches', [1, 8, 9, 3], [2, 2, 3, 2], 3, 'valid'],
  ['strides larger than windows', [2, 7, 7, 3], [1, 1, 3, 2], 2, 'same'],
  ['single pixels', [1, 4, 3, 5], [1, 1, 5, 3], 1, 'same'],
  ['single pixels of a batch', [2, 4, 3, 5], [1, 1, 5, 3], 1, 'valid'],
  ['windows of the whole image', [2, 4, 3, 2], [4, 3, 2, 5], 1, 'valid'],
  ['padding wider than windows', [1, 4, 4, 2], [2, 2, 2, 2], 2, 3],
  ['paddings for each side', [1, 5, 6, 2], [3, 3, 2, 4], 1, explicit],
  ['paddings for each side, of strides', [2, 6, 6, 2], [4, 4, 2, 3], 2, explicit, 'floor'],
  ['counts of windows rounded up', [1, 6, 6, 2], [3, 3, 2, 3], 2, 0, 'ceil'],
  ['counts of windows rounded', [1, 7, 7, 1], [4, 4, 1, 3], 2, 1, 'round'],
  // tfjs counts columns of windows by the height of the filter, too; more would fit
  ['windows that are not square', [1, 6, 8, 2], [4, 2, 2, 3], 1, 0],
  ['few windows', [2, 7, 6, 18], [4, 4, 18, 20], 1, 1],
  ['few windows, strides', [2, 9, 8, 16], [3, 3, 16, 17], 2, 'same'],
  ['few windows that miss pixels', [1, 11, 10, 16], [2, 2, 16, 16], 3, 'valid'],
  ['one window', [3, 4, 3, 16], [4, 3, 16, 18], 1, 'valid'],
  ['large filters', [2, 5, 6, 32], [4, 5, 32, 40], 2, 'same'],
  ['large filters of single pixels', [1, 3, 4, 130], [1, 1, 130, 128], 1, 'valid'],
  ['few channels out of many', [1, 6, 5, 8], [4, 4, 8, 1], 1, 'same'],
  ['few channels out of many, of batches', [2, 5, 6, 20], [3, 2, 20, 3], 1, 1],
  ['few channels out of very many, without padding', [2, 6, 7, 24], [3, 2, 24, 3], 1, 'valid'],
  ['few channels out of very many, padded', [1, 7, 6, 16], [3, 3, 16, 2], 1, 2],
  ['few channels out of many, of strides', [1, 8, 8, 20], [3, 3, 20, 2], 2, 'same'],
];

describe('Conv2D', () => {
  test.each(cases)('%s', (_, x, w, stride, pad, rounding) =>
    withoutLeaks(() =>
      compare(
        (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', 1, rounding),
        [x, w],
        { gradients: rounding === undefined }, // tfjs' leave it out
      ),
    ),
  );

  test.each(cases)('channels first: %s', (_, x, w, stride, pad, rounding) => {
    const [n, height, width, channels] = x;
    const paddings = typeof pad === 'object' ? ([pad[0], pad[3], pad[1], pad[2]] as typeof pad) : pad;
    return withoutLeaks(() =>
      compare(
        (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, paddings, 'NCHW', 1, rounding),
        [[n!, channels!, height!, width!], w],
        { gradients: rounding === undefined },
      ),
    );
  });

  test('between others, of one image and of several', () =>
    withoutLeaks(async () => {
      const twice = (x: tf.Tensor, ...filters: tf.Tensor[]) =>
        filters.reduce((y, w) => tf.conv2d(tf.tanh(y) as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), x);
      for (const n of [1, 2]) {
        const filters = [[3, 3, 3, 20], [1, 1, 20, 18], [4, 4, 18, 2]]; // prettier-ignore
        await compare((x, ...filters) => twice(x, ...filters), [[n, 5, 4, 3], ...filters]);
      }
    }));

  test('dilated', () =>
    withoutLeaks(async () => {
      const dilated = (x: tf.Tensor, w: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]);
      const shapes = [[2, 8, 9, 2], [3, 3, 2, 3]]; // prettier-ignore
      await compare((x, w) => dilated(x, w), shapes, { gradients: false });
    }));

  test('filters of images so large that their windows are not laid out whole', () =>
    withoutLeaks(async () => {
      const [size, filter, stride, pad] = [1101, 11, 2, 3];
      const out = (size + 2 * pad - filter) / stride + 1;
      const pixel = (row: number, column: number, channel: number): number =>
        row < 0 || column < 0 || row >= size || column >= size ? 0 : Math.sin(row + 3 * column + channel);
      // dy is 0 but for a few windows
      const seen = [[0, 0, 1.5], [out - 1, out - 1, -2], [17, 300, 0.5], [399, 2, 1]] as const; // prettier-ignore
      const want: number[] = [];
      for (let a = 0; a < filter; a++)
        for (let b = 0; b < filter; b++)
          for (let c = 0; c < 2; c++)
            for (let o = 0; o < 2; o++) {
              const terms = seen.map(
                ([row, column, dy]) =>
                  (o === 0 ? dy : -dy) * pixel(row * stride + a - pad, column * stride + b - pad, c),
              );
              want.push(terms.reduce((x, y) => x + y));
            }
      const got = tf.tidy(() => {
        const x = Float32Array.from({ length: size * size * 2 }, (_, i) =>
          pixel(Math.floor(i / 2 / size), Math.floor(i / 2) % size, i % 2),
        );
        const dy = tf.buffer([1, out, out, 2]);
        for (const [row, column, value] of seen) {
          dy.set(value, 0, row, column, 0);
          dy.set(-value, 0, row, column, 1);
        }
        return tf
          .engine()
          .runKernel<tf.Tensor>(
            'Conv2DBackpropFilter',
            { x: tf.tensor(x, [1, size, size, 2]), dy: dy.toTensor() },
            { strides: stride, pad, dataFormat: 'NHWC', filterShape: [filter, filter, 2, 2] },
          );
      });
      expect(await got.data()).toBeAllClose(want, { atol: 1e-5 });
      got.dispose();
    }));
});

describe('FusedConv2D', () => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;
  // an image as high as its output has channels
  const [x, w] = [[2, 4, 5, 3], [3, 3, 3, 4]]; // prettier-ignore
  const fused = (options: object) =>
    tf.fused.conv2d({ strides: 1, pad: 'same', ...options } as Parameters<typeof tf.fused.conv2d>[0]);

  test.each(activations)('%s', (activation) =>
    withoutLeaks(() =>
      compare((x, filter, bias) => fused({ x, filter, bias, activation, leakyreluAlpha: 0.3 }), [x, w, [4]], {
        gradients: false,
      }),
    ),
  );

  test.each([[[]], [[1]], [[1, 1, 4]], [[1, 1, 1, 4]], [[4, 1, 1]], [[5, 4]], [[2, 1, 1, 1]]])(
    'a bias of shape %j',
    (bias) => withoutLeaks(() => compare((x, filter, bias) => fused({ x, filter, bias }), [x, w, bias])),
  );

  test.each([[[]], [[1]], [[4]], [[1, 1, 4]], [[4, 1, 1]], [[4, 5, 4]]])(
    'PReLU weights of shape %j',
    (alpha) =>
      withoutLeaks(() =>
        compare(
          (x, filter, preluActivationWeights) =>
            fused({ x, filter, preluActivationWeights, activation: 'prelu' }),
          [x, w, alpha],
          { gradients: false },
        ),
      ),
  );

  test.each([
    [[], []],
    [[1], [1]],
    [[3], [3]],
    [[3], [3, 1, 1]],
  ] as const)(
    // prettier-ignore
    'channels first, a bias of shape %j and PReLU weights of shape %j',
    (bias, alpha) =>
      withoutLeaks(() =>
        compare(
          (x, filter, bias, preluActivationWeights) =>
            fused({ x, filter, bias, preluActivationWeights, activation: 'prelu', dataFormat: 'NCHW' }),
          [[2, 3, 5, 4], [3, 3, 3, 3], bias, alpha], // prettier-ignore
          { gradients: false },
        ),
      ),
  );

  test('filled weights', () =>
    withoutLeaks(() =>
      compare(
        (x, filter) =>
          fused({
            x,
            filter,
            bias: tf.ones([4]),
            preluActivationWeights: tf.fill([1, 1, 4], 0.5),
            activation: 'prelu',
          }),
        [x, w],
        { gradients: false },
      ),
    ));
});

describe('depthwise', () => {
  test.each([
    ['batches', [3, 6, 5, 2], [3, 3, 2, 1], 1, 'same'],
    ['several channels for each', [2, 6, 5, 2], [3, 2, 2, 3], 1, 'valid'],
    ['strides over pixels that no window reaches', [2, 9, 8, 3], [2, 2, 3, 2], 3, 'valid'],
    ['strides larger than windows', [1, 7, 7, 3], [1, 1, 3, 2], 2, 'same'],
    ['padding', [1, 7, 6, 2], [4, 4, 2, 1], 2, 1],
    ['one channel', [2, 5, 5, 1], [3, 3, 1, 4], 1, 'same'],
    ['strips of rows', [2, 34, 10, 3], [3, 3, 3, 1], 1, 'valid'],
    ['one strip, zeros around', [1, 8, 9, 3], [3, 3, 3, 1], 1, 'same'],
    ['strips, filters that are not square', [2, 24, 9, 2], [2, 4, 2, 1], 1, 'same'],
    ['strips, filters of one column', [1, 8, 8, 2], [3, 1, 2, 1], 1, 'valid'],
    ['rows without strips', [1, 19, 9, 2], [3, 3, 2, 1], 1, 'valid'],
  ] as const)('%s', (_, x, w, stride, pad) =>
    withoutLeaks(() =>
      compare((x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad), [x, w]),
    ),
  );

  test('dilated', () =>
    withoutLeaks(() =>
      compare(
        (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', [3, 2]),
        [[2, 8, 9, 2], [3, 3, 2, 2]], // prettier-ignore
        { gradients: false },
      ),
    ));

  test('fused with a bias and an activation', () =>
    withoutLeaks(async () => {
      const fused = (options: object) =>
        tf.fused.depthwiseConv2d({ strides: 1, pad: 'same', ...options } as Parameters<
          typeof tf.fused.depthwiseConv2d
        >[0]);
      const shapes = [[1, 4, 5, 2], [3, 3, 2, 2], [4]]; // prettier-ignore
      const options = { gradients: false };
      await compare((x, filter, bias) => fused({ x, filter, bias, activation: 'relu6' }), shapes, options);
      await compare(
        (x, filter, preluActivationWeights) =>
          fused({ x, filter, preluActivationWeights, activation: 'prelu' }),
        shapes,
        options,
      );
    }));
});

describe('volumes', () => {
  test.each([
    ['batches', [2, 4, 5, 3, 2], [3, 2, 3, 2, 3], 1, 'same'],
    ['strides', [1, 5, 6, 7, 2], [3, 3, 3, 2, 2], 2, 'same'],
    ['strides over elements that no window reaches', [1, 5, 6, 8, 2], [2, 2, 2, 2, 1], 3, 'valid'],
    ['strides larger than windows', [2, 4, 4, 6, 2], [1, 1, 1, 2, 3], 2, 'same'],
    ['few channels out of many', [1, 4, 3, 3, 6], [2, 2, 2, 6, 1], 1, 'same'],
  ] as const)('%s', (_, x, w, stride, pad) =>
    withoutLeaks(() => compare((x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad), [x, w])),
  );

  test('transposed', () =>
    withoutLeaks(() =>
      compare(
        (x, w) => tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [2, 6, 4, 6, 2], 2, 'same'),
        [[2, 3, 2, 3, 4], [3, 3, 3, 2, 4]], // prettier-ignore
        { gradients: false },
      ),
    ));
});

test('a dy larger than what came out is left to the cpu backend', () =>
  withoutLeaks(async () => {
    const { fallenBack } = await counting(async () => {
      const dx = tf.tidy(() =>
        tf
          .engine()
          .runKernel<tf.Tensor>(
            'Conv2DBackpropInput',
            { dy: tf.ones([1, 3, 3, 1]), filter: tf.ones([2, 2, 1, 1]) },
            { strides: 1, pad: 'valid', dataFormat: 'NHWC', inputShape: [1, 3, 3, 1] },
          ),
      );
      await dx.data();
      dx.dispose();
    });
    expect(fallenBack).toEqual(['Conv2DBackpropInput']);
  }));
