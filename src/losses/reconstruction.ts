/**
 * The two losses that compare pictures: cycle consistency and identity (Zhu et al. 2017, equation 2 and
 * section 5.2). Both are mean absolute errors; their weights λ belong to the trainer.
 */
import * as tf from '@tensorflow/tfjs-core';
import { meanOf } from './mean-of.js';

const meanAbsoluteError = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
  tf.tidy(() => meanOf(tf.sub(a, b), tf.abs, tf.sign));

/**
 * L1 between a picture that went there and back, F(G(a)), and the picture itself.
 *
 * @param reconstructed [B, H, W, C]
 * @param real of the same shape
 * @returns the mean over all numbers, without λ
 */
export const cycleConsistency = (reconstructed: tf.Tensor, real: tf.Tensor): tf.Scalar =>
  meanAbsoluteError(reconstructed, real);

/**
 * L1 between a picture of the target domain and what the generator makes of it, G(b): it should stay the same.
 *
 * @param same [B, H, W, C], the generator's output
 * @param real of the same shape, its input
 * @returns the mean over all numbers, without λ
 */
export const identityLoss = (same: tf.Tensor, real: tf.Tensor): tf.Scalar => meanAbsoluteError(same, real);
