/**
 * The losses that compare images: cycle consistency and identity of CycleGAN (Zhu et al. 2017, equation 2 and
 * section 5.2), and the L1 loss of pix2pix (Isola et al. 2017, equation 3). All are mean absolute errors; their weights λ belong
 * to the algorithms.
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

/**
 * L1 between what a generator makes of an input and the target of that input.
 *
 * @param output [B, H, W, C]
 * @param target of the same shape
 * @returns the mean over all elements, without λ
 */
export const l1Loss = (output: tf.Tensor, target: tf.Tensor): tf.Scalar => meanAbsoluteError(output, target);
