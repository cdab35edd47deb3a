/**
 * Penalties on the gradient of a discriminator with respect to its images: WGAN-GP (Gulrajani et al. 2017, as in the PyTorch
 * program), DRAGAN (Kodali et al. 2017) and R1 (Mescheder et al. 2018).
 *
 * A loss with a penalty is differentiated twice, so all ops of the discriminator need correct second derivatives. TensorFlow.js
 * cannot differentiate its leakyReLU, prelu and max pooling twice, and its second derivatives of tanh, sigmoid and exp are wrong.
 * The layers of this library are correct.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from '../core/draws.js';
import { takingGradients } from '../core/gradients.js';
import { finiteNumber, resolveOptions, show, withDefault } from '../core/options.js';
import { requireSameShape, requireShape } from './shapes.js';

/** A discriminator as a function from images [B, H, W, C] to logits of any shape. */
export type Discriminate = (x: tf.Tensor4D) => tf.Tensor;

/** Options of penalties on the norm of gradients. */
export interface GradientPenaltyOptions {
  /**
   * The weight of the penalty.
   * @default 10
   */
  lambda?: number;
  /**
   * The target of the norm.
   * @default 1
   */
  constant?: number;
}

export const gradientPenaltyEntries = {
  lambda: withDefault(finiteNumber(0), 10),
  constant: withDefault(finiteNumber(0), 1),
};

/**
 * The gradient of sum(D(x)) with respect to x. It can be differentiated again.
 *
 * @param x [B, H, W, C]
 * @returns the gradient, with the shape of x
 * @throws CycleGANError `UNSUPPORTED` if an op of the discriminator has no gradient
 */
export function inputGradient(discriminate: Discriminate, x: tf.Tensor4D): tf.Tensor4D {
  return takingGradients(() =>
    tf.grad((pixels) => tf.sum(discriminate(pixels as tf.Tensor4D)))(x),
  ) as tf.Tensor4D;
}

/** λ·mean((‖∇‖ − c)²), with one norm per image. */
export function gradientPenalty(
  discriminate: Discriminate,
  x: tf.Tensor4D,
  options: GradientPenaltyOptions = {},
): tf.Scalar {
  const { lambda, constant } = resolveOptions('gradientPenalty', gradientPenaltyEntries, options);
  return tf.tidy(() => {
    // 1e-16 as in PyTorch: the square root has no gradient at 0, so zeros would become NaN
    const gradient = tf.add(inputGradient(discriminate, x), 1e-16);
    const norms = tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3]));
    return tf.mul(tf.mean(tf.square(tf.sub(norms, constant))), lambda);
  });
}

/** Refuses real and fake images of different shapes. */
const requirePairs = (real: tf.Tensor4D, fake: tf.Tensor4D): void => {
  const advice = 'Train on batches and images of one size, or with another adversarial loss.';
  requireSameShape('wganGpPoints', { real, fake }, advice);
};

const alphaShape = (real: tf.Tensor4D): [number, number, number, number] => [real.shape[0], 1, 1, 1];

/**
 * The points of the WGAN-GP penalty: α·real + (1 − α)·fake, with one α per image.
 *
 * @param real [B, H, W, C]
 * @param fake of the same shape
 * @param alpha [B, 1, 1, 1], random values from [0, 1)
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function wganGpPoints(real: tf.Tensor4D, fake: tf.Tensor4D, alpha: tf.Tensor): tf.Tensor4D {
  requirePairs(real, fake);
  const expected = show(alphaShape(real));
  requireShape('wganGpPoints', 'alpha', alpha, expected, (shape) => show(shape) === expected);
  return tf.tidy(() => tf.add(fake, tf.mul(alpha, tf.sub(real, fake))));
}

/**
 * The points of the DRAGAN penalty, around the real images: real + ½·std(real)·u, with std over all elements of the batch.
 *
 * @param real [B, H, W, C]
 * @param u of the same shape, random values from [0, 1)
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function draganPoints(real: tf.Tensor4D, u: tf.Tensor): tf.Tensor4D {
  requireSameShape('draganPoints', { real, u }, 'Pass one random value for each element.');
  return tf.tidy(() => {
    const deviation = tf.sqrt(tf.moments(real).variance);
    return tf.add(real, tf.mul(u, tf.mul(deviation, 0.5)));
  });
}

/**
 * {@link gradientPenalty} between real and fake images, at {@link wganGpPoints}.
 *
 * @param draws the source of α, [B, 1, 1, 1]
 * @throws CycleGANError `INVALID_SHAPE` if real and fake differ in shape, `UNSUPPORTED` as {@link inputGradient}
 */
export function wganGpPenalty(
  discriminate: Discriminate,
  real: tf.Tensor4D,
  fake: tf.Tensor4D,
  draws: Draws,
  options: GradientPenaltyOptions = {},
): tf.Scalar {
  requirePairs(real, fake);
  return tf.tidy(() => {
    const alpha = draws.uniform(alphaShape(real));
    return gradientPenalty(discriminate, wganGpPoints(real, fake, alpha), options);
  });
}

/**
 * {@link gradientPenalty} around the real images, at {@link draganPoints}.
 *
 * @param draws the source of u, with the shape of `real`
 * @throws CycleGANError `UNSUPPORTED` as {@link inputGradient}
 */
export function draganPenalty(
  discriminate: Discriminate,
  real: tf.Tensor4D,
  draws: Draws,
  options: GradientPenaltyOptions = {},
): tf.Scalar {
  return tf.tidy(() => gradientPenalty(discriminate, draganPoints(real, draws.uniform(real.shape)), options));
}

/**
 * γ/2·mean(‖∇‖²) at the real images, with one norm per image. Can be added to any adversarial loss.
 *
 * @param real [B, H, W, C]
 * @throws CycleGANError `UNSUPPORTED`, as {@link inputGradient}
 */
export function r1Penalty(discriminate: Discriminate, real: tf.Tensor4D, gamma: number): tf.Scalar {
  return tf.tidy(() => {
    const squares = tf.sum(tf.square(inputGradient(discriminate, real)));
    return tf.mul(squares, gamma / 2 / real.shape[0]);
  });
}
