import * as tf from '@tensorflow/tfjs';
import { leakyRelu, LeakyReLU } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { describeLayer } from '../support/describe-layer.js';
import { kernelCount } from '../support/kernels.js';
import { withoutLeaks } from '../support/leaks.js';

describeLayer(LeakyReLU, {
  cases: { 'the slope of P and K': {}, 'a slope of its own': { alpha: 0.4 }, 'plain ReLU': { alpha: 0 } },
  refused: [
    [{ alfa: 1 }, 'LeakyReLU: unknown option "alfa". Did you mean "alpha"?'],
    [{ alpha: -1 }, 'LeakyReLU: option "alpha" must be a number from 0, got -1.'],
    [{ alpha: NaN }, 'LeakyReLU: option "alpha" must be a number from 0, got NaN.'],
  ],
});

describe('leakyRelu', () => {
  it('leaves the positive, scales the negative, and has the slope alpha at 0', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([-10, -1, 0, 2, 60]);
      const [y, steep] = [leakyRelu(x), leakyRelu(x, 0.5)];
      const slope = tf.grad((x) => leakyRelu(x))(x);
      expect(await y.data()).toBeAllClose([-2, -0.2, 0, 2, 60]);
      expect(await steep.data()).toBeAllClose([-5, -0.5, 0, 2, 60]);
      expect(await slope.data()).toBeAllClose([0.2, 0.2, 0.2, 1, 1]);
      tf.dispose([x, y, steep, slope]);
    }));

  it('differentiates twice', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([-2, -0.5, 0.5, 3]);
      // with y = s·x the slope of y³ is 3·s³·x², and the derivative of its square 36·s⁶·x³
      const slope = (x: tf.Tensor) => tf.sum(tf.square(tf.grad((x) => tf.pow(leakyRelu(x, 0.3), 3))(x)));
      const got = tf.grad(slope)(x);
      const want = [-2 * 0.3 ** 2, -0.5 * 0.3 ** 2, 0.5, 3].map((x) => 36 * x ** 3);
      expect(await got.data()).toBeAllClose(want, { rtol: 1e-4 });
      tf.dispose([x, got]);
    }));

  it('takes one kernel forward, two backward', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([-1, 1]);
      expect(await kernelCount(() => leakyRelu(x))).toBe(1);
      expect(await kernelCount(() => tf.grad((x) => leakyRelu(x))(x, x))).toBe(1 + 2);
      x.dispose();
    }));
});
