/** Shapes at the edge: filled values of size 1, windows of one element, padding that no window needs, windows in the padding. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { onOnnxRuntime, results } from '../engine.js';

onOnnxRuntime();

type Pads = [[0, 0], [number, number], [number, number], [0, 0]];
const ending = (size: number): Pads => [[0, 0], [0, size], [0, size], [0, 0]]; // prettier-ignore
const range = (size: number) => Array.from({ length: size }, (_, i) => i + 1);

describe('a fill keeps its rank', () => {
  const fills: [string, number[], (y: tf.Tensor) => tf.Tensor, number[], number[]][] = [
    ['slice', [1, 1], (y) => tf.slice(y, [0, 0], [1, 1]), [1, 1], [6]],
    ['gather', [1, 1], (y) => tf.gather(y, [0, 0], 1), [1, 2], [6, 6]],
    ['pad', [1, 1], (y) => tf.pad(y, [[1, 0], [0, 1]]), [2, 2], [0, 0, 6, 0]],
    ['reverse', [1, 1], (y) => tf.reverse(y, 1), [1, 1], [6]],
    ['concat', [1, 1], (y) => tf.concat([y, y], 1), [1, 2], [6, 6]],
    ['transpose', [1, 1], (y) => tf.transpose(y), [1, 1], [6]],
    ['tile', [1, 1], (y) => tf.tile(y, [2, 1]), [2, 1], [6, 6]],
    ['sum', [1, 1], (y) => tf.sum(y, 1), [1], [6]],
    ['argMax', [1, 1], (y) => tf.argMax(y, 1), [1], [0]],
    ['matMul', [1, 1], (y) => tf.matMul(y, y), [1, 1], [36]],
    ['softmax', [1, 1], (y) => tf.softmax(y), [1, 1], [1]],
    ['unstack', [1, 1], (y) => tf.unstack(y)[0]!, [1], [6]],
    ['conv2d', [1, 1, 1, 1], (y) => tf.conv2d(y as tf.Tensor4D, tf.ones([3, 3, 1, 1]), 1, 'same'), [1, 1, 1, 1], [6]],
    ['maxPool', [1, 1, 1, 1], (y) => tf.maxPool(y as tf.Tensor4D, 2, 1, 'same'), [1, 1, 1, 1], [6]],
    ['resize', [1, 1, 1, 1], (y) => tf.image.resizeBilinear(y as tf.Tensor4D, [1, 2]), [1, 1, 2, 1], [6, 6]],
  ]; // prettier-ignore
  test.each(fills)('before %s', (_, shape, f, outShape, values) =>
    withoutLeaks(async () => {
      const [y] = await results(() => f(tf.fill(shape, 3).mul(2)));
      expect(y).toMatchObject({ shape: outShape, data: values.map((v) => expect.closeTo(v, 5) as number) });
    }),
  );

  test('with a value of lower rank', () =>
    withoutLeaks(async () => {
      const [y] = await results(() => tf.pad(tf.fill([1, 1, 1], 2).mul(tf.tensor1d([1, 2])), [[0, 0], [1, 0], [0, 0]])); // prettier-ignore
      expect(y).toMatchObject({ shape: [1, 2, 2], data: [0, 0, 2, 4] });
    }));
});

describe('windows of one element', () => {
  test.each([2, 3])('see every other pixel with stride 2: gradients, side of %j', (size) =>
    withoutLeaks(async () => {
      const [dw, dx] = await results(() => {
        const x = tf.tensor4d(range(size ** 2), [1, size, size, 1]);
        const f = (w: tf.Tensor, x: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, ending(size), 'NHWC', 1, 'floor');
        return tf.grads(f)([tf.ones([1, 1, 1, 1]), x]);
      });
      // Of 1, 2, 3, 4 that is 1; of 1 to 9 it is 1 + 3 + 7 + 9.
      expect(dw!.data).toEqual([size === 2 ? 1 : 20]);
      expect(dx!.data).toEqual(size === 2 ? [1, 0, 0, 0] : [1, 0, 1, 0, 0, 0, 1, 0, 1]);
    }),
  );

  test('the same of channels', () =>
    compare(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, [[0, 0], [0, 3], [0, 3], [0, 0]], 'NHWC', 1, 'floor'), // prettier-ignore
      [
        [2, 3, 3, 4],
        [1, 1, 4, 5],
      ],
    ));

  test("pooling with stride 2: the image itself, as tfjs' own specs have it, but gradients go to what windows see", () =>
    withoutLeaks(async () => {
      const [most, average, dMost, dAverage] = await results(() => {
        const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
        const pools = [tf.maxPool, tf.avgPool].map(
          (pool) => (x: tf.Tensor) => pool(x as tf.Tensor4D, 1, 2, ending(2), 'floor'),
        );
        return [...pools.map((pool) => pool(x)), ...pools.map((pool) => tf.grad(pool)(x))];
      });
      expect(most!.data).toEqual([1, 2, 3, 4]);
      expect(average!.data).toEqual([1, 2, 3, 4]);
      expect(dMost!.data).toEqual([1, 0, 0, 0]);
      expect(dAverage!.data).toEqual([1, 0, 0, 0]);
    }));
});

describe('windows in the padding', () => {
  test.each([tf.maxPool, tf.avgPool])('%o', (pool) =>
    compare(
      (x) => tf.where(tf.isFinite(pool(x as tf.Tensor4D, 2, 3, [[0, 0], [2, 3], [3, 2], [0, 0]], 'floor')), pool(x as tf.Tensor4D, 2, 3, [[0, 0], [2, 3], [3, 2], [0, 0]], 'floor'), 0), // prettier-ignore
      [[1, 4, 3, 2]],
    ),
  );

  test('maxima of NaN alone have no gradient', () =>
    withoutLeaks(async () => {
      const [dx] = await results(() =>
        tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))(
          tf.tensor4d([NaN, NaN, NaN, NaN, 1, 2, NaN, 3], [1, 4, 2, 1]),
        ),
      );
      expect(dx!.data).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    }));

  test.each<[x: number[], w: number[], strides: [number, number], pad: number | Pads]>([
    [[1, 1, 2, 1], [1, 4, 1, 1], [3, 2], 1],
    [[2, 4, 1, 17], [4, 1, 17, 17], [1, 3], [[0, 0], [3, 0], [2, 3], [0, 0]]],
    [[1, 1, 1, 16], [2, 1, 16, 16], [1, 2], [[0, 0], [1, 1], [1, 1], [0, 0]]],
  ])('alone: a convolution of %j with %j, strides %j, padding %j, is 0', (x, w, strides, pad) =>
    withoutLeaks(async () => {
      const all = await results(() => {
        const f = (x: tf.Tensor, w: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', 1, 'floor');
        const [image, filter] = [tf.ones(x), tf.ones(w)];
        return [f(image, filter), ...tf.grads(f)([image, filter])];
      });
      expect(all.map(({ data }) => data.every((value) => value === 0))).toEqual([true, true, true]);
      expect(all.slice(1).map(({ shape }) => shape)).toEqual([x, w]);
    }),
  ); // prettier-ignore

  test('along one axis', () =>
    compare(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [4, 1], [[0, 0], [3, 0], [0, 0], [0, 0]], 'NHWC', 1, 'floor'), // prettier-ignore
      [
        [1, 2, 3, 2],
        [1, 1, 2, 3],
      ],
    ));
});

describe('windows larger than the image', () => {
  test('by one, give nothing, and no gradient', () =>
    withoutLeaks(async () => {
      const [y, dx, dw] = await results(() => {
        const [x, w] = [tf.ones([1, 2, 2, 1]), tf.ones([3, 3, 1, 1])];
        const f = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid');
        return [f(x, w), ...tf.grads(f)([x, w])];
      });
      expect(y).toMatchObject({ shape: [1, 0, 0, 1], data: [] });
      expect(dx!.data).toEqual([0, 0, 0, 0]);
      expect(dw!.data).toEqual(new Array(9).fill(0));
    }));

  const refused = (windows: string, image: string) =>
    `onnxruntime backend: windows of ${windows} elements are larger than an image of ${image} with its padding. ` +
    'Use a smaller filter or dilation, or pad the image.';
  test.each<[string, (x: tf.Tensor4D) => tf.Tensor, string]>([
    ['conv2d', (x) => tf.conv2d(x, tf.ones([4, 4, 1, 1]), 1, 'valid'), refused('4×4', '2×2')],
    ['dilated', (x) => tf.conv2d(x, tf.ones([2, 2, 1, 1]), 1, 'valid', 'NHWC', 3), refused('4×4', '2×2')],
    ['depthwise', (x) => tf.depthwiseConv2d(x, tf.ones([5, 1, 1, 1]), 1, 'valid'), refused('5×1', '2×2')],
    ['fused', (x) => tf.fused.conv2d({ x, filter: tf.ones([4, 4, 1, 1]), strides: 1, pad: 'valid' }), refused('4×4', '2×2')],
    ['maxPool', (x) => tf.maxPool(x, 4, 1, 'valid'), refused('4×4', '2×2')],
  ])('by more, are refused: %s', (_, f, message) =>
    withoutLeaks(() => {
      tf.tidy(() => {
        const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
        expect(() => f(x)).toThrow(expect.objectContaining({ code: 'INVALID_SHAPE', message }) as Error);
      });
    }),
  ); // prettier-ignore
});

describe('prelu of an input that broadcasts', () => {
  test.each<[string, (y: tf.Tensor) => tf.Tensor]>([
    ['read', (y) => y],
    ['before sum', (y) => tf.sum(y, 0)],
    ['before slice', (y) => tf.slice(y, 1, 1)],
    ['before transpose', (y) => tf.transpose(y)],
    ['before concat', (y) => tf.concat([y, y], -1)],
    ['before reshape', (y) => tf.add(tf.reshape(y, [-1]), 1)],
  ])('%s', async (_, f) => {
    for (const [x, alpha] of [
      [[3, 1], [2]],
      [[2], [4, 2]],
      [
        [1, 2, 1],
        [3, 1, 4],
      ],
    ])
      // prettier-ignore
      await compare((x, alpha) => f(tf.prelu(x, alpha)), [x!, alpha!], { gradients: false });
  });
});

test('prelu of a fill', () =>
  withoutLeaks(async () => {
    const [y] = await results(() => tf.prelu(tf.fill([2, 2], -2), tf.tensor1d([2, 3])));
    expect(y!.data).toEqual([-4, -6, -4, -6]);
  }));

// cpu gives other elements; these are Python's: x[3, :1, -2:-1, 5:-3:-1] and so on, of range(500) in [5, 5, 4, 5].
test.each<[string, number[], number[], number[], number, number, number[]]>([
  ['a step back', [3, 2, -2, 5], [-6, 1, -1, -3], [1, 1, 1, -1], 3, 0, [314, 313]],
  ['steps of 3 and -2', [-2, -2, -1, -1], [2, 1, 3, 2], [2, 3, -2, 1], 0, 15, [379, 369]],
  ['steps of 2', [-2, 1, 1, 1], [2, -3, 1, 3], [2, 1, 2, 2], 7, 0, [301, 321]],
])('a strided slice whose first axis goes, with %s', (_, begin, end, strides, beginMask, endMask, expected) =>
  withoutLeaks(async () => {
    for (const known of [true, false]) {
      const [y] = await results(() => {
        const x = tf.reshape(tf.tensor1d(Array.from({ length: 500 }, (_, i) => i)), [5, 5, 4, 5]);
        const from = known ? x : tf.add(x, 0.5);
        return tf.stridedSlice(from, begin, end, strides, beginMask, endMask, 0, 0, 1);
      });
      expect(y!.data).toEqual(known ? expected : expected.map((value) => value + 0.5));
    }
  }),
);
