/**
 * Kernels against tfjs' cpu backend, an implementation of its own, where tfjs-core's specs do not look: between
 * convolutions, where images are channels first; on reshaped, filled and integer inputs.
 */
import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { compare } from './compare.js';
import { onOnnxRuntime } from './engine.js';

onOnnxRuntime();

const image = [2, 6, 5, 4];
const filter = [3, 3, 4, 4];
const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');

describe('between convolutions', () => {
  const between: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    relu: tf.relu,
    'a sum with a channel each': (x) => tf.add(x, tf.tensor1d([1, 2, 3, 4])),
    'a product with a scalar': (x) => tf.mul(x, 2.5),
    'a product with a column of the image': (x) => tf.mul(x, tf.ones([5, 1])),
    'a residual': (x) => tf.add(x, tf.tanh(x)),
    'statistics of each channel': (x) => tf.sub(x, tf.mean(x, [1, 2], true)),
    'statistics of each sample': (x) => tf.sub(x, tf.mean(x, [1, 2, 3], true)),
    'statistics over channels': (x) => tf.sub(x, tf.mean(x, 3, true)),
    'statistics without kept axes': (x) => tf.mul(x, tf.reshape(tf.mean(x, [1, 2]), [2, 1, 1, 4])),
    'statistics over rows': (x) => tf.mul(x, tf.reshape(tf.sum(x, [1]), [2, 1, 5, 4])),
    padding: (x) => tf.pad(x, [[0, 0], [1, 0], [2, 1], [0, 0]]), // prettier-ignore
    slicing: (x) => tf.slice(x, [0, 1, 0, 0], [2, 4, 5, 4]),
    'concat of rows': (x) => tf.concat([x, tf.neg(x)], 1),
    splitting: (x) => tf.concat(tf.split(x, 2, 3).reverse(), 3),
    reversing: (x) => tf.reverse(x, [1, 3]),
    transposing: (x) => tf.transpose(x, [0, 2, 1, 3]),
    'flat and back': (x) => tf.reshape(tf.square(tf.reshape(x, [2, 120])), image),
    'a reshape of another rank': (x) => tf.reshape(tf.reshape(x, [12, 5, 4]), image),
    'nearest neighbours, twice': (x) =>
      tf.image.resizeNearestNeighbor(tf.slice(x as tf.Tensor4D, 0, 1), [12, 10]),
    // square, as the cpu backend's gradient swaps height and width
    bilinear: (x) => tf.image.resizeBilinear(tf.slice(x as tf.Tensor4D, 0, [2, 5, 5, 4]), [9, 4], true),
    'average pooling': (x) => tf.avgPool(x as tf.Tensor4D, 2, 1, 'same'),
    'max pooling': (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'),
    'a dot product': (x) => tf.reshape(tf.matMul(tf.reshape(x, [60, 4]), tf.ones([4, 4])), image),
  };
  test.each(Object.entries(between))('%s', (_, f) =>
    withoutLeaks(() => compare((x, w) => conv(f(conv(x, w)), w), [image, filter])),
  );

  test('a mirror pad', () =>
    withoutLeaks(async () => {
      for (const mode of ['reflect', 'symmetric'] as const) {
        const f = (x: tf.Tensor) => tf.mirrorPad(x, [[0, 0], [2, 1], [1, 2], [0, 0]], mode); // prettier-ignore
        await compare((x, w) => conv(f(conv(x, w)), w), [image, filter], { gradients: false });
      }
    }));
});

describe('convolutions', () => {
  test.each([
    [[1, 7, 6, 3], [3, 3, 3, 5], 1, 'valid'],
    [[2, 7, 6, 3], [4, 4, 3, 2], 2, 'same'],
    [[1, 9, 9, 2], [3, 2, 2, 3], 3, 'same'],
    [[1, 5, 5, 2], [1, 1, 2, 3], 2, 'same'], // strides that miss pixels
    [[1, 8, 8, 2], [7, 7, 2, 1], 1, 3],
    [[1, 8, 7, 2], [4, 4, 2, 3], 2, 1],
  ] as const)('of %j by %j, stride %j, padding %j', (x, w, stride, pad) =>
    withoutLeaks(async () => {
      await compare((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad), [[...x], [...w]]);
      await compare(
        (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
        [[...x], [...w]],
      );
    }),
  );

  test('transposed, as generators have them', () =>
    withoutLeaks(() =>
      compare(
        (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 8, 6, 3], 2, 'same'),
        [
          [2, 4, 3, 5],
          [3, 3, 3, 5],
        ],
      ),
    ));
});

describe('inputs', () => {
  test('filled with one element', () =>
    withoutLeaks(async () => {
      const x = [3, 4];
      await compare((x) => tf.mul(tf.sum(x, 0, true), tf.ones([3, 4])), [x]); // the ones alone have the shape
      await compare((x) => tf.add(tf.zeros([2, 3, 4]), x), [x]);
      await compare((x) => tf.sub(tf.zeros([3, 4]), x), [x]);
      await compare((x) => tf.div(tf.fill([3, 4], 7), tf.add(x, 2)), [x]);
      await compare((x) => tf.matMul(x, tf.ones([4, 2])), [x]);
      await compare((x) => tf.concat([x, tf.fill([1, 4], -3)]), [x]);
      await compare(() => tf.maximum(tf.zeros([2, 2]), tf.ones([2, 2])), [], { gradients: false });
    }));

  test('whose elements only happen to be ones', () =>
    withoutLeaks(() => compare((x) => tf.mul(tf.mul(tf.tensor([1, 1, 1, 1], [2, 2]), x), x), [[2, 2]])));

  test('integers and booleans', () =>
    withoutLeaks(async () => {
      const indices = () => tf.tensor([2, 0, 2], [3], 'int32');
      const options = { gradients: false };
      await compare((x) => tf.gather(x, indices()), [[3, 4]]);
      await compare((x) => tf.oneHot(tf.cast(tf.mul(x, 3), 'int32'), 4), [[5]], options);
      await compare((x) => tf.where(tf.greater(x, 0), x, tf.mul(x, 10)), [[3, 4]], options);
      await compare((x) => tf.cast(tf.any(tf.less(x, -0.9), 1), 'float32'), [[3, 4]], options);
      await compare((x) => tf.mean(tf.cast(tf.mul(x, 9), 'int32')), [[3, 4]], options);
      await compare((x) => tf.argMax(x, 1), [[3, 4]], options);
      await compare((x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, -1, 1], 'int32'), 3), [[3, 4]], options);
    }));
});

test('gradients of losses and optimizers do not fall back', () =>
  withoutLeaks(async () => {
    const labels = () => tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
    await compare((x) => tf.losses.softmaxCrossEntropy(labels(), x), [[2, 3]]);
    await compare((x) => tf.losses.sigmoidCrossEntropy(labels(), x), [[2, 3]]);
    await compare((x) => tf.losses.huberLoss(labels(), x), [[2, 3]]);
    await compare((x) => tf.mean(tf.abs(tf.sub(x, labels()))), [[2, 3]]);
    await compare((x) => tf.softmax(tf.logSoftmax(x)), [[2, 3]]);
  }));
