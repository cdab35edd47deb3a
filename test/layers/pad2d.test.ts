import * as tf from '@tensorflow/tfjs';
import { type Padding2D, reflectPad2d, replicatePad2d } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { kernelCount } from '../support/kernels.js';
import { withoutLeaks } from '../support/leaks.js';

const pads = { reflectPad2d, replicatePad2d };
const numbers = async (t: tf.Tensor) => [...(await t.data())];
/** The letters as one row or column of an image. */
const letters = (text: string, shape: [number, number, number]) => tf.tensor3d([...Buffer.from(text)], shape);
const spelled = async (t: tf.Tensor) => String.fromCharCode(...(await t.data()));

describe('values', () => {
  it.each<[string, typeof reflectPad2d, Padding2D, string]>([
    ['a reflection leaves the edge out', reflectPad2d, [0, 2], 'cbabcdcb'],
    [
      'a reflection on one side, by all there is',
      reflectPad2d,
      { top: 0, bottom: 0, left: 3, right: 0 },
      'dcbabcd',
    ],
    ['a replication repeats the edge', replicatePad2d, [0, 2], 'aaabcddd'],
    [
      'a replication of more than there is',
      replicatePad2d,
      { top: 0, bottom: 0, left: 0, right: 6 },
      'abcddddddd',
    ],
  ])('%s', (_, pad, padding, want) =>
    withoutLeaks(async () => {
      const x = letters('abcd', [1, 4, 1]);
      const y = pad(x, padding);
      expect(y.shape).toEqual([1, want.length, 1]);
      expect(await spelled(y)).toBe(want);
      tf.dispose([x, y]);
    }),
  );

  it('[height, width] is in this order, and a column is padded like a row', () =>
    withoutLeaks(async () => {
      const x = letters('abcd', [4, 1, 1]);
      const y = reflectPad2d(x, [2, 0]);
      expect(y.shape).toEqual([8, 1, 1]);
      expect(await spelled(y)).toBe('cbabcdcb');
      tf.dispose([x, y]);
    }));

  it('both axes, channels and images of a batch for themselves', () =>
    withoutLeaks(async () => {
      const x = tf.tensor4d([1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8], [2, 2, 2, 2]);
      const y = reflectPad2d(x, { top: 1, bottom: 0, left: 0, right: 1 });
      expect(y.shape).toEqual([2, 3, 3, 2]);
      expect(await numbers(y)).toEqual(
        [3, 4, 3, 1, 2, 1, 3, 4, 3, 7, 8, 7, 5, 6, 5, 7, 8, 7].flatMap((value) => [value, -value]),
      );
      tf.dispose([x, y]);
    }));
});

describe('gradients', () => {
  it('of the sum of a reflected 3 × 3 image: how often each pixel shows', () =>
    withoutLeaks(async () => {
      const x = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
      const reflected = tf.grad((x) => reflectPad2d(x as tf.Tensor4D, 1))(x);
      const replicated = tf.grad((x) => replicatePad2d(x as tf.Tensor4D, 1))(x);
      expect(await numbers(reflected)).toEqual([1, 3, 1, 3, 9, 3, 1, 3, 1]);
      expect(await numbers(replicated)).toEqual([4, 2, 4, 2, 1, 2, 4, 2, 4]);
      tf.dispose([x, reflected, replicated]);
    }));

  const paddings: [string, Padding2D, [number, number]][] = [
    ['1', 1, [4, 5]],
    ['3', 3, [7, 8]],
    ['3, where the folds overlap', 3, [4, 5]],
    ['1, where they do on one pixel', 1, [2, 3]],
    ['[1, 2]', [1, 2], [3, 6]],
    ['asymmetric', { top: 0, bottom: 3, left: 2, right: 1 }, [5, 4]],
    ['asymmetric, one side only', { top: 2, bottom: 0, left: 0, right: 0 }, [3, 2]],
    ['none', 0, [2, 3]],
  ];
  describe.each(Object.entries(pads))('of %s agree with finite differences for padding', (_, pad) => {
    it.each(paddings)('%s', (_, padding, [height, width]) =>
      withoutLeaks(async () => {
        const x = scattered([2, height, width, 2]) as tf.Tensor4D;
        const y = pad(x, padding);
        const r = scattered(y.shape, 2);
        const f = (x: tf.Tensor) => tf.sum(tf.mul(r, pad(x as tf.Tensor4D, padding)));
        const got = tf.grad(f)(x);
        // linear, so a large step is exact
        expect(await got.data()).toBeAllClose(await finiteDifferences(f, x, 1), { rtol: 1e-4, atol: 1e-5 });
        tf.dispose([x, y, r, got]);
      }),
    );

    it('twice, and single images', () =>
      withoutLeaks(async () => {
        const x = scattered([3, 4, 1]) as tf.Tensor3D;
        const r = scattered([3, 4, 1], 5);
        const cubes = (x: tf.Tensor) => tf.sum(tf.pow(pad(x as tf.Tensor3D, [2, 3]), 3));
        const slope = (x: tf.Tensor) => tf.sum(tf.mul(r, tf.grad(cubes)(x)));
        const got = tf.grad(slope)(x);
        const want = await finiteDifferences(slope, x);
        expect(await got.data()).toBeAllClose(want, {
          rtol: 0,
          atol: 1e-3 * Math.max(...want.map(Math.abs)),
        });
        tf.dispose([x, r, got]);
      }));
  });
});

describe('kernels', () => {
  it.each([1, 3])('a reflection by %i takes one forward, seven backward or one', (padding) =>
    withoutLeaks(async () => {
      const x = tf.ones<tf.Rank.R4>([1, 8, 8, 1]);
      const y = reflectPad2d(x, padding);
      const pad = (x: tf.Tensor) => reflectPad2d(x as tf.Tensor4D, padding);
      expect(await kernelCount(() => pad(x))).toBe(1);
      const backward = tf.getBackend() === 'onnxruntime' ? 1 : 7; // it has a kernel for it
      expect(await kernelCount(() => tf.grad(pad)(x, y))).toBe(1 + backward);
      tf.dispose([x, y]);
    }),
  );
});

describe('refusals', () => {
  it('of paddings and images', () =>
    withoutLeaks(() => {
      const x = tf.ones<tf.Rank.R3>([2, 4, 1]);
      expect(() => reflectPad2d(x, -1)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: reflectPad2d: padding must be a whole number from 0, [height, width], or { top, bottom, left, right }, got -1.]`,
      );
      expect(() => reflectPad2d(x, [2, 1])).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: reflectPad2d: the height of the image must be greater than its padding 2, got 2. Use a smaller padding or a larger image.]`,
      );
      expect(() => reflectPad2d(x, [0, 4])).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: reflectPad2d: the width of the image must be greater than its padding 4, got 4. Use a smaller padding or a larger image.]`,
      );
      expect(() => replicatePad2d(x, { top: 1 } as never)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: replicatePad2d: padding must be a whole number from 0, [height, width], or { top, bottom, left, right }, got an object.]`,
      );
      const flat = tf.ones([2, 4]);
      expect(() => replicatePad2d(flat as never, 1)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: replicatePad2d: x must be an image [height, width, channels] or a batch of images, got shape [2, 4].]`,
      );
      tf.dispose([x, flat]);
    }));
});
