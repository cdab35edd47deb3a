/**
 * The losses that compare images: cycle consistency and identity of CycleGAN (Zhu et al. 2017, equation 2 and
 * section 5.2), and the L1 loss of pix2pix (Isola et al. 2017, equation 3). All are mean absolute errors, without the weights λ.
 */
import * as tf from '@tensorflow/tfjs-core';
import { meanOf } from './mean-of.js';

const meanAbsoluteError = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
  tf.tidy(() => meanOf(tf.sub(a, b), tf.abs, tf.sign));

/**
 * The mean absolute error between the reconstruction F(G(a)) and the image a.
 *
 * @param reconstructed F(G(a)), [B, H, W, C]
 * @param real a, of the same shape
 * @returns the mean over all elements, without λ
 */
export const cycleConsistency = (reconstructed: tf.Tensor, real: tf.Tensor): tf.Scalar =>
  meanAbsoluteError(reconstructed, real);

/**
 * The mean absolute error between G(b) and b. The generator should not change images of its target domain.
 *
 * @param same G(b), [B, H, W, C]
 * @param real b, of the same shape
 * @returns the mean over all elements, without λ
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
