import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  draganPenalty,
  draganPoints,
  gradientPenalty,
  inputGradient,
  instanceNorm,
  leakyRelu,
  r1Penalty,
  Random,
  type RandomSource,
  wganGpPenalty,
  wganGpPoints,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../../src/core/gradients.js';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

/** A source that gives these numbers, one after the other. */
function scripted(...numbers: number[]): RandomSource {
  const next = () => {
    const number = numbers.shift();
    if (number === undefined) throw new Error('no draw is due');
    return number;
  };
  return { uniform: next, index: next };
}

const values = async (t: tf.Tensor): Promise<number[]> => {
  const data = [...(await t.data())];
  t.dispose();
  return data;
};

/** D(x) = Σ w·x, whose gradient is w for any picture. */
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
  it('lie between real and fake for wgan-gp, at one share for each picture', () =>
    withoutLeaks(async () => {
      const real = tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
      const fake = tf.tensor4d([-1, 0, 1, 0], [2, 1, 2, 1]);
      const points = wganGpPoints(real, fake, scripted(0.25, 0.5));
      expect(await values(points)).toBeAllClose([-0.5, 0.5, 2, 2]);
      tf.dispose([real, fake]);
    }));

  it('lie around real for dragan, on the side of larger numbers', () =>
    withoutLeaks(async () => {
      const real = tf.tensor4d([1, 1, 5, 5], [2, 1, 2, 1]); // standard deviation 2, divided by n
      const points = draganPoints(real, scripted(0, 0.5, 0.25, 1));
      expect(await values(points)).toBeAllClose([1, 1.5, 5.25, 6]);
      real.dispose();
    }));
});

describe('gradient penalties of a small patch discriminator', () => {
  const pictures = (seed: number) => scattered([2, 6, 5, 2], seed) as tf.Tensor4D;
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
    ['dragan', (w, real) => draganPenalty(discriminator(w), real, new Random(2), { lambda: 3 })],
    ['r1', (w, real) => r1Penalty(discriminator(w), real, 0.5)],
  ])('agree with finite differences with respect to weights: %s', (_name, penalty) =>
    withoutLeaks(async () => {
      const [w, real, fake] = [scattered([66], 4), pictures(5), pictures(6)];
      const f = (w: tf.Tensor) => penalty(w, real, fake);
      const gradient = await values(tf.grad(f)(w));
      const want = await finiteDifferences(f, w, 2e-3);
      expect(gradient).toBeAllClose(want, { rtol: 0, atol: 5e-3 * Math.max(...want.map(Math.abs)) });
      tf.dispose([w, real, fake]);
    }),
  );

  it('are added up: wgan-gp with R1 on top', () =>
    withoutLeaks(async () => {
      const [w, real, fake] = [scattered([66], 4), pictures(5), pictures(6)];
      const D = discriminator(w);
      const both = adversarialLoss('wgan-gp', { lambda: 2, r1: 3 }).penalty!(D, real, fake, new Random(1));
      const [one] = await values(wganGpPenalty(D, real, fake, new Random(1), { lambda: 2 }));
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
        `[CycleGANError: Gradient: the op Greater has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) differentiates the discriminator twice, which tf.layers.leakyReLU, tf.layers.prelu, max pooling and others do not allow: build the discriminator with patchDiscriminator or with this library's LeakyReLU and InstanceNormalization, or choose an adversarial loss without a penalty.]`,
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
        `[CycleGANError: Gradient: the op TopK has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) differentiates the discriminator twice, which tf.layers.leakyReLU, tf.layers.prelu, max pooling and others do not allow: build the discriminator with patchDiscriminator or with this library's LeakyReLU and InstanceNormalization, or choose an adversarial loss without a penalty.]`,
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
