import * as tf from '@tensorflow/tfjs';
import {
  appendLabels,
  classificationLoss,
  type CycleGANError,
  ganLoss,
  gaussianCodeLoss,
  oneHotLabels,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const values = async (t: tf.Tensor): Promise<number[]> => {
  const data = [...(await t.data())];
  t.dispose();
  return data;
};
const message = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return `${(error as CycleGANError).code}: ${(error as CycleGANError).message}`;
  }
  throw new Error('nothing was refused');
};

describe('labels', () => {
  it('become one-hot rows', () =>
    withoutLeaks(async () => {
      const rows = oneHotLabels(Uint8Array.of(1, 0, 2), 3);
      expect(await rows.array()).toEqual([[0, 1, 0], [1, 0, 0], [0, 0, 1]]); // prettier-ignore
      rows.dispose();
    }));

  it('are appended to vectors, and to images as one map for each class', () =>
    withoutLeaks(async () => {
      const rows = oneHotLabels([1, 0], 2);
      const z = tf.tensor2d([[5, 6, 7], [8, 9, 10]]); // prettier-ignore
      const images = tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
      const [vectors, maps] = [appendLabels(z, rows), appendLabels(images, rows)];
      expect(await vectors.array()).toEqual([[5, 6, 7, 0, 1], [8, 9, 10, 1, 0]]); // prettier-ignore
      expect(await maps.array()).toEqual([[[[1, 0, 1], [2, 0, 1]]], [[[3, 1, 0], [4, 1, 0]]]]); // prettier-ignore
      // gradients go to the images alone
      const weights = scattered([2, 1, 2, 3]);
      const gradient = tf.grad((x) => tf.sum(tf.mul(appendLabels(x as tf.Tensor4D, rows), weights)))(images);
      const all = [...(await weights.data())];
      expect(await values(gradient)).toBeAllClose([all[0]!, all[3]!, all[6]!, all[9]!]);
      tf.dispose([rows, z, images, vectors, maps, weights]);
    }));

  it('are refused out of range, or if the shapes do not fit', () =>
    withoutLeaks(() => {
      expect(message(() => oneHotLabels([0, 3, 1], 3))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: oneHotLabels: labels[1] must be a whole number from 0 to 2, got 3."`,
      );
      expect(message(() => oneHotLabels([-1], 3))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: oneHotLabels: labels[0] must be a whole number from 0 to 2, got -1."`,
      );
      expect(message(() => oneHotLabels([0.5], 3))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: oneHotLabels: labels[0] must be a whole number from 0 to 2, got 0.5."`,
      );
      expect(message(() => oneHotLabels([NaN], 3))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: oneHotLabels: labels[0] must be a whole number from 0 to 2, got NaN."`,
      );
      expect(message(() => oneHotLabels([0], 0))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: oneHotLabels: classes must be a whole number from 1, got 0."`,
      );
      const [rows, z, cube] = [
        tf.zeros<tf.Rank.R2>([2, 3]),
        tf.zeros<tf.Rank.R2>([4, 5]),
        tf.zeros([2, 2, 2]),
      ];
      expect(message(() => appendLabels(z, rows))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: appendLabels: labels must be one-hot rows [4, classes], got [2, 3]."`,
      );
      expect(message(() => appendLabels(cube as never, rows))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: appendLabels: x must be [batch, values] or [batch, height, width, channels], got [2, 2, 2]."`,
      );
      tf.dispose([rows, z, cube]);
    }));
});

describe('classificationLoss', () => {
  it('is the cross-entropy, by hand, also where a softmax overflows', () =>
    withoutLeaks(async () => {
      const labels = oneHotLabels([0, 2, 1], 3);
      const logits = tf.tensor2d([[60, -60, 0], [1, 2, 3], [60, -60, 60]]); // prettier-ignore
      const soft = [1, 2, 3].map(Math.exp);
      const sum = soft.reduce((a, b) => a + b);
      const parts = [0, Math.log(sum) - 3, 120 + Math.LN2];
      expect(await values(classificationLoss(logits, labels))).toBeAllClose([
        parts.reduce((a, b) => a + b) / 3,
      ]);
      const gradient = tf.grad((x) => classificationLoss(x, labels))(logits);
      const want = [0, 0, 0, soft[0]! / sum, soft[1]! / sum, soft[2]! / sum - 1, 0.5, -1, 0.5];
      expect(await values(gradient)).toBeAllClose(want.map((x) => x / 3));
      tf.dispose([labels, logits]);
    }));

  it('can be differentiated twice', () =>
    withoutLeaks(async () => {
      const labels = oneHotLabels([0, 2, 1], 3);
      const [logits, direction] = [scattered([3, 3], 1), scattered([3, 3], 2)];
      const slope = (x: tf.Tensor) =>
        tf.sum(tf.mul(tf.grad((moved) => classificationLoss(moved, labels))(x), direction));
      const want = await finiteDifferences(slope, logits);
      expect(await values(tf.grad(slope)(logits))).toBeAllClose(want, { rtol: 0, atol: 2e-5 });
      tf.dispose([labels, logits, direction]);
    }));

  it('refuses shapes that do not fit', () =>
    withoutLeaks(() => {
      const [labels, logits, flat] = [tf.zeros([2, 3]), tf.zeros([2, 4]), tf.zeros([2])];
      expect(message(() => classificationLoss(logits, labels))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: classificationLoss: logits and labels must have the same shape, got [2, 4] and [2, 3]. Labels are one-hot: see oneHotLabels."`,
      );
      expect(message(() => ganLoss('acgan').classification!(flat, labels))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: classificationLoss: logits must be [batch, classes], got [2]."`,
      );
      tf.dispose([labels, logits, flat]);
    }));
});

describe('gaussianCodeLoss', () => {
  const [c, mu, logV] = [[0.5, -1], [0, 1], [0.2, -0.7]] as const; // prettier-ignore

  it('is the negative log-likelihood, by hand', () =>
    withoutLeaks(async () => {
      const [codes, mean, logVariance] = [c, mu, logV].map((x) => tf.tensor2d([...x], [1, 2]));
      const byHand = (log: readonly number[]) =>
        c.reduce((sum, x, j) => {
          const variance = Math.exp(log[j]!);
          const density = Math.exp(-((x - mu[j]!) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
          return sum - Math.log(density);
        }, 0);
      expect(await values(gaussianCodeLoss(codes!, mean!, logVariance))).toBeAllClose([byHand(logV)]);
      expect(await values(gaussianCodeLoss(codes!, mean!))).toBeAllClose([byHand([0, 0])]);
      tf.dispose([codes!, mean!, logVariance!]);
    }));

  it('has the gradients of finite differences', () =>
    withoutLeaks(async () => {
      const [codes, mean, logVariance] = [1, 2, 3].map((seed) => scattered([3, 2], seed));
      for (const [f, x] of [
        [(x: tf.Tensor) => gaussianCodeLoss(codes!, x, logVariance), mean!],
        [(x: tf.Tensor) => gaussianCodeLoss(codes!, mean!, x), logVariance!],
        [(x: tf.Tensor) => gaussianCodeLoss(codes!, x), mean!],
      ] as const) {
        const want = await finiteDifferences(f, x);
        expect(await values(tf.grad(f)(x))).toBeAllClose(want, { rtol: 1e-3, atol: 2e-4 });
      }
      tf.dispose([codes!, mean!, logVariance!]);
    }));

  it('refuses shapes that do not fit', () =>
    withoutLeaks(() => {
      const [codes, mean, flat] = [tf.zeros([2, 3]), tf.zeros([2, 2]), tf.zeros([2])];
      expect(message(() => gaussianCodeLoss(codes, mean))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: gaussianCodeLoss: codes and mean must have the same shape, got [2, 3] and [2, 2]. The head must estimate as many codes as the generator receives."`,
      );
      expect(message(() => gaussianCodeLoss(codes, codes, mean))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: gaussianCodeLoss: codes and logVariance must have the same shape, got [2, 3] and [2, 2]. The head must estimate as many codes as the generator receives."`,
      );
      expect(message(() => gaussianCodeLoss(flat, flat))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: gaussianCodeLoss: codes must be [batch, codes], got [2]."`,
      );
      tf.dispose([codes, mean, flat]);
    }));
});

describe("infogan's information", () => {
  it('is the weighted sum for the codes that there are', () =>
    withoutLeaks(async () => {
      const loss = ganLoss('infogan', { lambdaCategorical: 2, lambdaContinuous: 0.5 });
      const categorical = oneHotLabels([0, 1], 2);
      const [logits, continuous, mean] = [scattered([2, 2], 1), scattered([2, 3], 2), scattered([2, 3], 3)];
      const [one] = await values(classificationLoss(logits, categorical));
      const [other] = await values(gaussianCodeLoss(continuous, mean));
      const both = loss.information!({ categorical, continuous }, { logits, mean });
      expect(await values(both)).toBeAllClose([2 * one! + 0.5 * other!]);
      expect(await values(loss.information!({ categorical }, { logits }))).toBeAllClose([2 * one!]);
      expect(await values(loss.information!({ continuous }, { mean }))).toBeAllClose([0.5 * other!]);
      tf.dispose([categorical, logits, continuous, mean]);
    }));

  it('refuses codes without an estimate', () =>
    withoutLeaks(() => {
      const loss = ganLoss('infogan');
      const x = tf.zeros([2, 2]);
      expect(message(() => loss.information!({}, {}))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: infogan: information needs categorical or continuous codes, got undefined."`,
      );
      expect(message(() => loss.information!({ categorical: x }, { mean: x }))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: infogan: information needs logits for the categorical codes, got undefined."`,
      );
      expect(message(() => loss.information!({ continuous: x }, { logits: x }))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: infogan: information needs a mean for the continuous codes, got undefined."`,
      );
      x.dispose();
    }));
});
