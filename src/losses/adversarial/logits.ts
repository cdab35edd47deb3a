/**
 * The losses of logits in which the discriminator's loss is the sum of a loss on real images and a loss on fakes. The table has
 * the formulas.
 */
import * as tf from '@tensorflow/tfjs-core';
import { meanOf } from '../mean-of.js';
import { type ScoreLoss, separable } from './loss.js';

const times = (x: tf.Tensor, factor: number): tf.Tensor => (factor === 1 ? x : tf.mul(x, factor));

/** factor · E(x − target)² */
export const squaresTo = (target: number, factor = 1): ScoreLoss => {
  const difference = (x: tf.Tensor) => (target === 0 ? x : tf.sub(x, target));
  return (logits) =>
    meanOf(
      logits,
      (x) => times(tf.square(difference(x)), factor),
      (x) => times(difference(x), 2 * factor),
    );
};

/** −E log σ(x) = E softplus(−x), which stays finite for any x. */
export const logisticToOne: ScoreLoss = (logits) =>
  meanOf(
    logits,
    (x) => tf.softplus(tf.neg(x)),
    (x) => tf.neg(tf.sigmoid(tf.neg(x))),
  );

/** −E log(1 − σ(x)) = E softplus(x) */
const logisticToZero: ScoreLoss = (logits) => meanOf(logits, tf.softplus, tf.sigmoid);

/** E max(0, margin − x) */
export const below = (margin: number): ScoreLoss => {
  const shortfall = (x: tf.Tensor) => tf.sub(margin, x);
  return (scores) =>
    meanOf(
      scores,
      (x) => tf.relu(shortfall(x)),
      (x) => tf.neg(tf.step(shortfall(x))),
    );
};

/** E max(0, 1 + x) */
const aboveMinusOne: ScoreLoss = (logits) =>
  meanOf(
    logits,
    (x) => tf.relu(tf.add(x, 1)),
    (x) => tf.step(tf.add(x, 1)),
  );

export const mean: ScoreLoss = (scores) => tf.mean(scores);
const minusMean: ScoreLoss = (scores) => tf.tidy(() => tf.neg(tf.mean(scores)));

/** The targets of least squares, as in the paper: a for fakes and b for real images in D's loss, c for fakes in G's loss. */
interface Targets {
  a: number;
  b: number;
  c: number;
  factor: number;
}
export const leastSquares = ({ a, b, c, factor }: Targets) =>
  separable(squaresTo(b, factor), squaresTo(a, factor), squaresTo(c, factor));

export const logistic = () => separable(logisticToOne, logisticToZero, logisticToOne);

export const critic = () => separable(minusMean, mean, minusMean);

export const hinge = () => separable(below(1), aboveMinusOne, minusMean);
