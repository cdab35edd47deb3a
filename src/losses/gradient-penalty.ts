/**
 * Penalties on the gradient of a discriminator with respect to its pictures: WGAN-GP (Gulrajani et al.
 * 2017, as in P), DRAGAN (Kodali et al. 2017) and R1 (Mescheder et al. 2018).
 *
 * A discriminator's loss with a penalty in it is differentiated a second time, so every op of the
 * discriminator must have a gradient whose gradient is right. TensorFlow.js refuses to differentiate its
 * own leakyReLU, prelu and max pooling twice, and is silently wrong for tanh, sigmoid and exp; the
 * layers of this library are right.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { takingGradients } from '../core/gradients.js';
import { finiteNumber, resolveOptions, show, withDefault } from '../core/options.js';
import type { Draws } from '../core/draws.js';

/** A discriminator as a function: pictures [B, H, W, C] to logits of any shape. */
export type Discriminate = (x: tf.Tensor4D) => tf.Tensor;

/** Options of the penalties that want gradients of a certain norm. */
export interface GradientPenaltyOptions {
  /**
   * Weight of the penalty.
   * @default 10
   */
  lambda?: number;
  /**
   * The norm that gradients should have.
   * @default 1
   */
  constant?: number;
}

export const gradientPenaltyEntries = {
  lambda: withDefault(finiteNumber(0), 10),
  constant: withDefault(finiteNumber(0), 1),
};

/**
 * The gradient of sum(D(x)) with respect to x, which can be differentiated again.
 *
 * @param x [B, H, W, C]
 * @returns of x's shape
 * @throws CycleGANError `UNSUPPORTED` for a discriminator with an op that has no gradient
 */
export function inputGradient(discriminate: Discriminate, x: tf.Tensor4D): tf.Tensor4D {
  return takingGradients(() =>
    tf.grad((pixels) => tf.sum(discriminate(pixels as tf.Tensor4D)))(x),
  ) as tf.Tensor4D;
}

/** λ·mean((‖∇‖ − c)²), norms being those of one picture's gradient each. */
export function gradientPenalty(
  discriminate: Discriminate,
  x: tf.Tensor4D,
  options: GradientPenaltyOptions = {},
): tf.Scalar {
  const { lambda, constant } = resolveOptions('gradientPenalty', gradientPenaltyEntries, options);
  return tf.tidy(() => {
    // 1e-16 as in P: the square root has no slope at 0, which would make NaN of a gradient of zeros.
    const gradient = tf.add(inputGradient(discriminate, x), 1e-16);
    const norms = tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3]));
    return tf.mul(tf.mean(tf.square(tf.sub(norms, constant))), lambda);
  });
}

/**
 * Where WGAN-GP looks: α·real + (1 − α)·fake, one α from [0, 1) for each picture.
 *
 * @param real [B, H, W, C]
 * @param fake of the same shape
 * @param random gives B numbers
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function wganGpPoints(real: tf.Tensor4D, fake: tf.Tensor4D, draws: Draws): tf.Tensor4D {
  if (!tf.util.arraysEqual(real.shape, fake.shape)) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `wganGpPoints: real and fake must have the same shape, got ${show(real.shape)} and ${show(fake.shape)}. ` +
        `Train on batches and pictures of one size, or with another adversarial loss.`,
    );
  }
  return tf.tidy(() => {
    const alpha = draws.uniform([real.shape[0], 1, 1, 1]);
    return tf.add(fake, tf.mul(alpha, tf.sub(real, fake)));
  });
}

/**
 * Where DRAGAN looks: around the real pictures, at real + ½·std(real)·u, u from [0, 1) for each number
 * and std over all numbers of the batch together.
 *
 * @param real [B, H, W, C]
 * @param random gives B·H·W·C numbers, in the order of the tensor
 */
export function draganPoints(real: tf.Tensor4D, draws: Draws): tf.Tensor4D {
  return tf.tidy(() => {
    const u = draws.uniform(real.shape);
    const deviation = tf.sqrt(tf.moments(real).variance);
    return tf.add(real, tf.mul(u, tf.mul(deviation, 0.5)));
  });
}

/** {@link gradientPenalty} between real and fake pictures, at {@link wganGpPoints}. */
export function wganGpPenalty(
  discriminate: Discriminate,
  real: tf.Tensor4D,
  fake: tf.Tensor4D,
  draws: Draws,
  options: GradientPenaltyOptions = {},
): tf.Scalar {
  return tf.tidy(() => gradientPenalty(discriminate, wganGpPoints(real, fake, draws), options));
}

/** {@link gradientPenalty} around the real pictures, at {@link draganPoints}. */
export function draganPenalty(
  discriminate: Discriminate,
  real: tf.Tensor4D,
  draws: Draws,
  options: GradientPenaltyOptions = {},
): tf.Scalar {
  return tf.tidy(() => gradientPenalty(discriminate, draganPoints(real, draws), options));
}

/**
 * γ/2·mean(‖∇‖²) at the real pictures, norms being those of one picture's gradient each. Goes with any
 * adversarial loss.
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
