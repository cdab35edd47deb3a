import * as tf from '@tensorflow/tfjs';
import { absoluteEnergy, euclideanEnergy, ganLoss, pullAwayTerm } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const values = async (t: tf.Tensor): Promise<number[]> => {
  const data = [...(await t.data())];
  t.dispose();
  return data;
};

describe('energies', () => {
  it('are norms or mean absolute values of each image, by hand', () =>
    withoutLeaks(async () => {
      const images = tf.tensor4d([0, 0, 1, 1], [2, 1, 2, 1]);
      const reconstructions = tf.tensor4d([3, -4, 1, -1], [2, 1, 2, 1]);
      expect(await values(euclideanEnergy(images, reconstructions))).toBeAllClose([5, 2]);
      expect(await values(absoluteEnergy(images, reconstructions))).toBeAllClose([3.5, 1]);
      tf.dispose([images, reconstructions]);
    }));

  it.each([
    ['euclideanEnergy', euclideanEnergy],
    ['absoluteEnergy', absoluteEnergy],
  ])('have a gradient of 0 where the reconstruction is perfect: %s', (_, energy) =>
    withoutLeaks(async () => {
      const images = scattered([2, 2, 2, 1]);
      const other = tf.tidy(() => tf.add(images, tf.tensor4d([0, 0, 0, 0, 0, 1, 0, 0], [2, 2, 2, 1])));
      const slope = tf.grad((x) => tf.sum(energy(images, x)));
      const share = energy === euclideanEnergy ? 1 : 1 / 4;
      expect(await values(slope(other))).toBeAllClose([0, 0, 0, 0, 0, share, 0, 0]);
      tf.dispose([images, other]);
    }),
  );

  it.each([
    ['euclideanEnergy', euclideanEnergy],
    ['absoluteEnergy', absoluteEnergy],
  ])('have gradients of both orders, through images and reconstructions: %s', (_, energy) =>
    withoutLeaks(async () => {
      const [images, weights] = [scattered([2, 2, 3, 1], 1), scattered([2, 2, 3, 1], 2)];
      const direction = scattered([2, 2, 3, 1], 3);
      // an auto-encoder of one layer, and different factors for both images
      const f = (x: tf.Tensor) => tf.sum(tf.mul(energy(x, tf.mul(tf.square(x), weights)), [1, -2]));
      const slope = (x: tf.Tensor) => tf.sum(tf.mul(tf.grad(f)(x), direction));
      for (const g of [f, slope]) {
        const want = await finiteDifferences(g, images, 4e-3);
        const atol = 2e-3 * Math.max(...want.map(Math.abs));
        expect(await values(tf.grad(g)(images))).toBeAllClose(want, { rtol: 0, atol });
      }
      tf.dispose([images, weights, direction]);
    }),
  );

  it('refuse reconstructions of another size', () =>
    withoutLeaks(() => {
      const [x, y] = [tf.zeros([2, 4, 4, 1]), tf.zeros([2, 4, 4, 3])];
      expect(() => euclideanEnergy(x, y)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: euclideanEnergy: images and reconstructions must have the same shape, got [2, 4, 4, 1] and [2, 4, 4, 3]. A discriminator that is an auto-encoder must return images of the size of its input.]`,
      );
      expect(() => ganLoss('began').energy!(y, x)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: absoluteEnergy: images and reconstructions must have the same shape, got [2, 4, 4, 3] and [2, 4, 4, 1]. A discriminator that is an auto-encoder must return images of the size of its input.]`,
      );
      expect(() =>
        tf.tidy(() => absoluteEnergy(tf.scalar(1), tf.scalar(1))),
      ).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: absoluteEnergy: images must be a batch of images, got [].]`,
      );
      tf.dispose([x, y]);
    }));
});

describe('pullAwayTerm', () => {
  it('is the mean squared cosine of all pairs, by hand', () =>
    withoutLeaks(async () => {
      const codes = tf.tensor2d([[2, 0], [0, 0.5], [-3, 3]]); // prettier-ignore
      // cos² is 0 for the first pair, ½ for the two others, and each pair counts twice
      expect(await values(pullAwayTerm(codes))).toBeAllClose([1 / 3]);
      codes.dispose();
      const same = tf.ones([4, 2, 3]);
      expect(await values(pullAwayTerm(same))).toBeAllClose([1]);
      same.dispose();
    }));

  it('has the gradients of finite differences, and finite ones for codes of 0', () =>
    withoutLeaks(async () => {
      const codes = scattered([4, 5], 3);
      const want = await finiteDifferences(pullAwayTerm, codes);
      expect(await values(tf.grad(pullAwayTerm)(codes))).toBeAllClose(want, { rtol: 0, atol: 2e-4 });
      const withZeros = tf.tensor2d([[0, 0], [1, 2]]); // prettier-ignore
      expect((await values(tf.grad(pullAwayTerm)(withZeros))).every(Number.isFinite)).toBe(true);
      tf.dispose([codes, withZeros]);
    }));

  it('refuses a single code', () =>
    withoutLeaks(() => {
      const [one, flat] = [tf.zeros([1, 4]), tf.zeros([4])];
      expect(() => pullAwayTerm(one)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: pullAwayTerm: codes must be [batch, …] with a batch of 2 or more, got [1, 4].]`,
      );
      expect(() => pullAwayTerm(flat)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: pullAwayTerm: codes must be [batch, …] with a batch of 2 or more, got [4].]`,
      );
      tf.dispose([one, flat]);
    }));
});

describe("BEGAN's balance", () => {
  it.each([
    [0.3, 2, 0.5, 0.3 + 0.1 * (0.7 * 2 - 0.5), 2 + (0.7 * 2 - 0.5)],
    [0.3, 1, 1.5, 0.3 - 0.1 * (1.5 - 0.7), 1 + (1.5 - 0.7)],
    [0.01, 1, 1.5, 0, 1 + (1.5 - 0.7)],
    [0.99, 2, 0.5, 1, 2 + (0.7 * 2 - 0.5)],
  ])('from k = %d with L(x) = %d and L(G(z)) = %d gives k = %d, M = %d', (k, real, fake, next, convergence) =>
    withoutLeaks(async () => {
      const balance = ganLoss('began', { gamma: 0.7, lambdaK: 0.1 }).balance!;
      const scalars = [k, real, fake].map((value) => tf.scalar(value)) as [tf.Scalar, tf.Scalar, tf.Scalar];
      expect(await values(balance.next(...scalars))).toBeAllClose([next]);
      expect(await values(balance.convergence(scalars[1], scalars[2]))).toBeAllClose([convergence]);
      tf.dispose(scalars);
    }),
  );
});
