/**
 * The terms that ACGAN (Odena et al. 2017) and InfoGAN (Chen et al. 2016) add to the losses of both networks. A head of the
 * discriminator estimates the labels or codes that an image was generated from.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { requireSameShape, requireShape } from '../shapes.js';

const isMatrix = ({ length }: readonly number[]) => length === 2;

/**
 * The cross-entropy of class logits: E[−log softmax(logits)] at the class of each image.
 *
 * @param logits [B, classes]
 * @param labels [B, classes], one-hot: see {@link oneHotLabels}
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function classificationLoss(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  requireShape('classificationLoss', 'logits', logits, '[batch, classes]', isMatrix);
  requireSameShape('classificationLoss', { logits, labels }, 'Labels are one-hot: see oneHotLabels.');
  // tf.losses.softmaxCrossEntropy cannot be differentiated twice
  const op = tf.customGrad((...args) => {
    const value = tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)));
    // saved last: tfjs does not free saved tensors if a kernel fails
    (args.at(-1) as tf.GradSaveFunc)([logits, labels]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(tf.sub(tf.softmax(saved[0]!), saved[1]!), tf.div(dy, logits.shape[0])),
    };
  });
  return op(logits) as tf.Scalar;
}

/**
 * The negative log-likelihood of codes under normal distributions: E Σⱼ ½((cⱼ − μⱼ)²/vⱼ + log vⱼ + log 2π).
 *
 * @param codes c [B, codes]
 * @param mean μ, of the same shape
 * @param logVariance log v, of the same shape; 0 by default
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function gaussianCodeLoss(codes: tf.Tensor, mean: tf.Tensor, logVariance?: tf.Tensor): tf.Scalar {
  const advice = 'The head must estimate as many codes as the generator receives.';
  requireShape('gaussianCodeLoss', 'codes', codes, '[batch, codes]', isMatrix);
  requireSameShape('gaussianCodeLoss', { codes, mean }, advice);
  if (logVariance !== undefined) requireSameShape('gaussianCodeLoss', { codes, logVariance }, advice);
  return tf.tidy(() => {
    const squares = tf.square(tf.sub(codes, mean));
    const parts =
      logVariance === undefined ? squares : tf.add(tf.mul(squares, tf.exp(tf.neg(logVariance))), logVariance);
    const [batch, count] = codes.shape as [number, number];
    return tf.add(tf.mul(tf.sum(parts), 0.5 / batch), 0.5 * count * Math.log(2 * Math.PI));
  });
}

/** The codes that images are generated from: one-hot categories [B, classes], continuous values [B, codes], or both. */
export interface LatentCodes {
  readonly categorical?: tf.Tensor;
  readonly continuous?: tf.Tensor;
}

/** The estimates of the head Q for these codes. */
export interface CodeEstimates {
  /** [B, classes]; needed if there are categorical codes. */
  readonly logits?: tf.Tensor;
  /** [B, codes]; needed if there are continuous codes. */
  readonly mean?: tf.Tensor;
  /** [B, codes]; 0 by default, which is a variance of 1. */
  readonly logVariance?: tf.Tensor;
}

/** The loss weights of both kinds of codes. */
export interface InformationWeights {
  lambdaCategorical: number;
  lambdaContinuous: number;
}

/** InfoGAN's bound on the mutual information between codes and images, without the constant entropy, as a loss. */
export function informationLoss(
  { categorical, continuous }: LatentCodes,
  { logits, mean, logVariance }: CodeEstimates,
  { lambdaCategorical, lambdaContinuous }: InformationWeights,
): tf.Scalar {
  const refuse = (what: string): never => {
    throw new CycleGANError('INVALID_ARGUMENT', `infogan: information needs ${what}, got undefined.`);
  };
  if (categorical === undefined && continuous === undefined) refuse('categorical or continuous codes');
  if (categorical !== undefined && logits === undefined) refuse('logits for the categorical codes');
  if (continuous !== undefined && mean === undefined) refuse('a mean for the continuous codes');
  return tf.tidy(() => {
    const parts: tf.Scalar[] = [];
    if (categorical !== undefined) {
      parts.push(tf.mul(classificationLoss(logits!, categorical), lambdaCategorical));
    }
    if (continuous !== undefined) {
      parts.push(tf.mul(gaussianCodeLoss(continuous, mean!, logVariance), lambdaContinuous));
    }
    return tf.addN(parts);
  });
}
