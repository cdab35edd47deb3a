/** Padding with an image's own pixels, and its gradient as one kernel, against the composition that other backends run. */
import * as tf from '@tensorflow/tfjs';
import { reflectPad2d, replicatePad2d } from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { type BorderMode, type OwnKernels, runOwnKernel } from '../../../../src/core/own-kernels.js';
import { finiteDifferences } from '../../../support/finite-differences.js';
import { kernelCount } from '../../../support/kernels.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Sides = Record<'top' | 'bottom' | 'left' | 'right', number>;
const sides = (top: number, bottom: number, left: number, right: number): Sides => ({
  top,
  bottom,
  left,
  right,
});

/** Padding, and the image. */
const cases: readonly [Sides, number[]][] = [
  [sides(1, 1, 1, 1), [2, 5, 6, 3]],
  [sides(3, 3, 3, 3), [1, 9, 8, 2]], // of 8 columns nothing lies between the borders
  [sides(2, 0, 0, 3), [2, 4, 7, 2]],
  [sides(0, 0, 2, 1), [1, 4, 5, 3]],
  [sides(1, 1, 1, 1), [1, 2, 3, 2]], // borders show the same pixels
  [sides(3, 2, 4, 3), [2, 4, 5, 1]],
];

describe.each(Object.entries({ reflectPad2d, replicatePad2d }))('%s', (_, pad) => {
  const paddings = (padding: Sides) => (x: tf.Tensor) => pad(x as tf.Tensor4D, padding);

  test.each(cases)('by %j of %j', (padding, shape) =>
    withoutLeaks(() => compare(paddings(padding), [shape])),
  );

  test.each(cases)('channels first, by %j of %j', (padding, shape) =>
    withoutLeaks(async () => {
      const filters = [1, 1, shape[3]!, 2];
      const convolve = (x: tf.Tensor, w: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      // after the activation the gradients are channels first too
      const twice = (x: tf.Tensor, w: tf.Tensor) =>
        convolve(paddings(padding)(tf.relu(convolve(x, w))), tf.transpose(w, [0, 1, 3, 2]));
      await compare(twice, [shape, filters]);
    }),
  );

  test('one kernel each way, also for gradients of gradients', () =>
    withoutLeaks(async () => {
      const x = tf.randomNormal<tf.Rank.R4>([1, 5, 4, 2], 0, 1, 'float32', 1);
      const cubes = (x: tf.Tensor) => tf.sum(tf.pow(paddings(sides(1, 2, 3, 1))(x), 3));
      const slope = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(cubes)(x)));
      expect(await kernelCount(() => paddings(sides(1, 1, 1, 1))(x))).toBe(1);
      expect(await kernelCount(() => tf.grad(paddings(sides(1, 1, 1, 1)))(x, tf.ones([1, 7, 6, 2])))).toBe(2);
      const [first, second] = [tf.grad(cubes)(x), tf.grad(slope)(x)];
      for (const [got, f] of [
        [first, cubes],
        [second, slope],
      ] as const) {
        // prettier-ignore
        const want = await finiteDifferences(f, x);
        expect(await got.data()).toBeAllClose(want, {
          rtol: 0,
          atol: 2e-3 * Math.max(...want.map(Math.abs)),
        });
      }
      tf.dispose([x, first, second]);
    }));

  test('of whole numbers', () =>
    withoutLeaks(async () => {
      const { fallenBack } = await counting(async () => {
        const y = tf.tidy(() => pad(tf.tensor3d([1, 2, 3], [1, 3, 1], 'int32'), [0, 2]));
        expect([y.dtype, await y.data()]).toEqual([
          'int32',
          Int32Array.from(pad === reflectPad2d ? [3, 2, 1, 2, 3, 2, 1] : [1, 1, 1, 2, 3, 3, 3]),
        ]);
        y.dispose();
      });
      expect(fallenBack).toEqual([]);
    }));
});

test('of no images', () =>
  withoutLeaks(async () => {
    const none = tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([0, 3, 4, 1]);
      return tf.grad((x) => tf.sum(replicatePad2d(x as tf.Tensor4D, 1)))(x); // tfjs' reflection takes no such batch
    });
    expect([none.shape, await none.data()]).toEqual([[0, 3, 4, 1], new Float32Array()]);
    none.dispose();
  }));

/** Σ pad(x) · dy = Σ x · fold(dy), for all x and dy, says that folding is padding's gradient. */
test.each(cases)('the gradient of symmetric padding, by %j of %j', ({ top, bottom, left, right }, shape) =>
  withoutLeaks(async () => {
    const mode: BorderMode = 'symmetric';
    const attrs: OwnKernels['BorderPadGrad'] = { paddings: [[0, 0], [top, bottom], [left, right], [0, 0]], mode }; // prettier-ignore
    const [a, b] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
      const x = tf.randomNormal<tf.Rank.R4>(shape as [number, number, number, number], 0, 1, 'float32', 1);
      const y = tf.mirrorPad(x, attrs.paddings, mode);
      const dy = tf.randomNormal(y.shape, 0, 1, 'float32', 2);
      return [tf.sum(tf.mul(y, dy)), tf.sum(tf.mul(x, runOwnKernel('BorderPadGrad', { dy }, attrs)!))];
    });
    expect(await a.data()).toBeAllClose(await b.data(), { rtol: 1e-5, atol: 1e-5 });
    tf.dispose([a, b]);
  }),
);
