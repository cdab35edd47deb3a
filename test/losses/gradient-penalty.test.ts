import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  drawFrom,
  draganPenalty,
  draganPoints,
  type Draws,
  gradientPenalty,
  inputGradient,
  instanceNorm,
  leakyRelu,
  r1Penalty,
  Random,
  wganGpPenalty,
  wganGpPoints,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../../src/core/gradients.js';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

/** Gives these values, and none more. */
const scripted = (...values: number[]): Draws => ({
  uniform: (shape) => tf.tensor(values.splice(0, tf.util.sizeFromShape([...shape])), [...shape]),
});
const draws = (seed: number): Draws => drawFrom(new Random(seed));

const values = async (t: tf.Tensor): Promise<number[]> => {
  const data = [...(await t.data())];
  t.dispose();
  return data;
};

/** D(x) = Σ w·x, whose gradient is w for any image. */
const linear = (w: tf.Tensor) => (x: tf.Tensor4D) => tf.sum(tf.mul(x, w), [1, 2, 3]);

describe('gradient penalties of a linear discriminator, by hand', () => {
  it('want the norm of each gradient to be the constant', () =>
    withoutLeaks(async () => {
      const w = tf.tensor4d([3, 0, -4, 12], [1, 2, 2, 1]); // norm 13
      const x = tf.zeros<tf.Rank.R4>([2, 2, 2, 1]);
      expect(await values(gradientPenalty(linear(w), x))).toBeAllClose([10 * 12 ** 2]);
      expect(await values(gradientPenalty(linear(w), x, { lambda: 2, constant: 8 }))).toBeAllClose([50]);
      expect(await values(r1Penalty(linear(w), x, 4))).toBeAllClose([2 * 13 ** 2]);
      tf.dispose([w, x]);
    }));

  it('have a finite gradient where the norm is 0', () =>
    withoutLeaks(async () => {
      const w = tf.zeros<tf.Rank.R4>([1, 1, 2, 1]);
      const x = tf.ones<tf.Rank.R4>([1, 1, 2, 1]);
      const slope = tf.grad((w) => gradientPenalty(linear(w), x));
      // 2·λ·(‖∇‖ − 1)·∇/‖∇‖ with ∇ = [1e-16, 1e-16], as in P
      expect(await values(slope(w))).toBeAllClose([-20 / Math.SQRT2, -20 / Math.SQRT2], { rtol: 1e-4 });
      tf.dispose([w, x]);
    }));
});

describe('the points where penalties look', () => {
  it('lie between real and fake for wgan-gp, at one share for each image', () =>
    withoutLeaks(async () => {
      const real = tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
      const fake = tf.tensor4d([-1, 0, 1, 0], [2, 1, 2, 1]);
      const alpha = tf.tensor4d([0.25, 0.5], [2, 1, 1, 1]);
      const points = wganGpPoints(real, fake, alpha);
      expect(await values(points)).toBeAllClose([-0.5, 0.5, 2, 2]);
      tf.dispose([real, fake, alpha]);
    }));

  it('lie around real for dragan, on the side of larger values', () =>
    withoutLeaks(async () => {
      const real = tf.tensor4d([1, 1, 5, 5], [2, 1, 2, 1]); // standard deviation 2, divided by n
      const u = tf.tensor4d([0, 0.5, 0.25, 1], [2, 1, 2, 1]);
      const points = draganPoints(real, u);
      expect(await values(points)).toBeAllClose([1, 1.5, 5.25, 6]);
      tf.dispose([real, u]);
    }));

  it('are refused if the shapes do not fit, before anything is drawn', () =>
    withoutLeaks(() => {
      const [one, two] = [tf.zeros<tf.Rank.R4>([1, 2, 2, 1]), tf.zeros<tf.Rank.R4>([2, 2, 2, 1])];
      const never: Draws = {
        uniform() {
          throw new Error('nothing to draw');
        },
      };
      expect(() => wganGpPenalty(tf.square, one, two, never)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: wganGpPoints: real and fake must have the same shape, got [1, 2, 2, 1] and [2, 2, 2, 1]. Train on batches and images of one size, or with another adversarial loss.]`,
      );
      expect(() => wganGpPoints(two, two, one)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: wganGpPoints: alpha must be [2, 1, 1, 1], got [1, 2, 2, 1].]`,
      );
      expect(() => draganPoints(two, one)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: draganPoints: real and u must have the same shape, got [2, 2, 2, 1] and [1, 2, 2, 1]. Pass one random value for each element.]`,
      );
      tf.dispose([one, two]);
    }));

  it('come from the draws in the order of the tensor, one alpha for each image', () =>
    withoutLeaks(async () => {
      const random = new Random(5);
      const [real, fake] = [scattered([3, 2, 2, 1], 1), scattered([3, 2, 2, 1], 2)] as [
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const w = tf.tensor4d([1, -2, 3, 4], [1, 2, 2, 1]);
      // D(x) = Σ w·x²/2 has the gradient w·x at x
      const D = (x: tf.Tensor4D) => tf.sum(tf.mul(w, tf.mul(tf.square(x), 0.5)), [1, 2, 3]);
      const [r, f, k] = [await real.array(), await fake.array(), await w.array()];
      const flat = (x: number[][][]) => x.flat(2);
      const byHand = (points: number[][]) =>
        points
          .map((x) => (Math.hypot(...x.map((value, j) => value * flat(k[0]!)[j]!)) - 1) ** 2)
          .reduce((a, b) => a + (10 * b) / points.length, 0);
      const mixed = r.map((one, i) => {
        const alpha = random.uniform();
        return flat(one).map((value, j) => alpha * value + (1 - alpha) * flat(f[i]!)[j]!);
      });
      expect(await values(wganGpPenalty(D, real, fake, draws(5)))).toBeAllClose([byHand(mixed)]);

      random.restore(new Random(6).state());
      const all = r.flat(3);
      const mean = all.reduce((a, b) => a + b) / all.length;
      const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length);
      const around = r.map((one) => flat(one).map((value) => value + 0.5 * deviation * random.uniform()));
      expect(await values(draganPenalty(D, real, draws(6)))).toBeAllClose([byHand(around)]);
      tf.dispose([real, fake, w]);
    }));
});

describe('gradient penalties of a small patch discriminator', () => {
  const images = (seed: number) => scattered([2, 6, 5, 2], seed) as tf.Tensor4D;
  const discriminator = (w: tf.Tensor) => (x: tf.Tensor4D) => {
    const hidden = tf.conv2d(x, tf.reshape<tf.Rank.R4>(tf.slice(w, 0, 54), [3, 3, 2, 3]), 1, 'valid');
    const kernel = tf.reshape<tf.Rank.R4>(tf.slice(w, 54, 12), [2, 2, 3, 1]);
    return tf.conv2d(leakyRelu(instanceNorm(hidden)), kernel, 1, 'same');
  };

  it.each<[string, (w: tf.Tensor, real: tf.Tensor4D, fake: tf.Tensor4D) => tf.Tensor]>([
    [
      'wgan-gp',
      (w, real, fake) =>
        // at these shares no input of leakyRelu is so near 0 that a finite difference steps over the kink
        wganGpPenalty(discriminator(w), real, fake, scripted(0.5, 0.4), { constant: 2 }),
    ],
    ['dragan', (w, real) => draganPenalty(discriminator(w), real, draws(2), { lambda: 3 })],
    ['r1', (w, real) => r1Penalty(discriminator(w), real, 0.5)],
  ])('agree with finite differences with respect to weights: %s', (_name, penalty) =>
    withoutLeaks(async () => {
      const [w, real, fake] = [scattered([66], 4), images(5), images(6)];
      const f = (w: tf.Tensor) => penalty(w, real, fake);
      const gradient = await values(tf.grad(f)(w));
      const want = await finiteDifferences(f, w, 2e-3);
      expect(gradient).toBeAllClose(want, { rtol: 0, atol: 5e-3 * Math.max(...want.map(Math.abs)) });
      tf.dispose([w, real, fake]);
    }),
  );

  it('are added up: wgan-gp with R1 on top', () =>
    withoutLeaks(async () => {
      const [w, real, fake] = [scattered([66], 4), images(5), images(6)];
      const D = discriminator(w);
      const both = adversarialLoss('wgan-gp', { lambda: 2, r1: 3 }).penalty!(D, real, fake, draws(1));
      const [one] = await values(wganGpPenalty(D, real, fake, draws(1), { lambda: 2 }));
      const [other] = await values(r1Penalty(D, real, 3));
      expect(await values(both)).toBeAllClose([one! + other!]);
      tf.dispose([w, real, fake]);
    }));
});

describe('a discriminator that cannot be differentiated', () => {
  it('twice is refused with a word of what to do', () =>
    withoutLeaks(() => {
      const [w, x] = tf.tidy(() => [tf.variable(tf.ones([1])), tf.ones<tf.Rank.R4>([1, 2, 2, 1])]);
      const D = (x: tf.Tensor4D) => tf.leakyRelu(tf.mul(x, w));
      expect(() => valueAndGradients(() => gradientPenalty(D, x), [w])).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Gradient: the op Greater has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) differentiates the discriminator twice. tf.layers.leakyReLU, tf.layers.prelu, max pooling and other layers do not support this. Build the discriminator with patchDiscriminator or with this library's LeakyReLU and InstanceNormalization, or choose an adversarial loss without a penalty.]`,
      );
      tf.dispose([w, x]);
    }));

  it('at all, or that fails, leaves nothing behind', () =>
    withoutLeaks(() => {
      const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
      const failing = (x: tf.Tensor4D): tf.Tensor => {
        tf.square(tf.square(x));
        throw new Error('out of luck');
      };
      expect(() => inputGradient(failing, x)).toThrow(new Error('out of luck'));
      expect(() =>
        gradientPenalty((x) => tf.square(tf.topk(x).values), x),
      ).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Gradient: the op TopK has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) differentiates the discriminator twice. tf.layers.leakyReLU, tf.layers.prelu, max pooling and other layers do not support this. Build the discriminator with patchDiscriminator or with this library's LeakyReLU and InstanceNormalization, or choose an adversarial loss without a penalty.]`,
      );
      x.dispose();
    }));

  it('options of a penalty are checked', () => {
    const x = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    expect(() => gradientPenalty(tf.square, x, { lamda: 1 } as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: gradientPenalty: unknown option "lamda". Did you mean "lambda"?]`,
    );
    x.dispose();
  });
});
