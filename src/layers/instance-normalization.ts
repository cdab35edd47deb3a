/**
 * Instance norm (Ulyanov et al. 2016, arXiv:1607.08022) normalizes each channel of each image to mean 0 and variance 1. The
 * result for an image does not depend on the other images of its batch.
 *
 * The Keras example uses the layer of tensorflow-addons, affine, with ε 1e-3. The PyTorch program uses `nn.InstanceNorm2d`, not
 * affine, with ε 1e-5.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { optional, satisfying, show } from '../core/options.js';
import { AffineNormalization, type AffineNormalizationArgs } from './affine-normalization.js';
import { single } from './layer.js';
import { normalize } from './normalize.js';

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions {
  /** γ, a vector of length C. */
  gamma?: tf.Tensor | undefined;
  /** β, a vector of length C. */
  beta?: tf.Tensor | undefined;
  /**
   * Added to the variance.
   * @default 1e-3
   */
  epsilon?: number;
}

/**
 * γ·(x − mean)/√(variance + ε) + β, with the mean and the (biased) variance over height and width. For a constant channel the
 * result is β. Can be differentiated twice.
 *
 * The forward and the backward pass run seven kernels on the image each, and two more with γ and β. Eleven small kernels detect
 * constant channels.
 *
 * @param x [B, H, W, C]
 * @returns the same shape
 * @throws CycleGANError `INVALID_SHAPE`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { instanceNorm } from 'ts-cyclegan';
 * instanceNorm(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), { epsilon: 0 }).print(); // -1.34 -0.45 0.45 1.34
 * ```
 */
export function instanceNorm(
  x: tf.Tensor4D,
  { gamma, beta, epsilon = 1e-3 }: InstanceNormOptions = {},
): tf.Tensor4D {
  if (x.rank !== 4) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `instanceNorm: x must be a batch of images [batch, height, width, channels], got shape ${show(x.shape)}.`,
    );
  }
  return normalize(x, [1, 2], epsilon, gamma, beta) as tf.Tensor4D;
}

/** Options of {@link InstanceNormalization}: ε, and γ and β as in `tf.layers.batchNormalization`. */
export interface InstanceNormalizationArgs extends AffineNormalizationArgs {
  /**
   * An option in saved models of tensorflow-addons, whose layer is a group norm with one channel per group. Must be −1.
   * @default -1
   */
  groups?: -1;
}

const groups = optional(satisfying<-1>((value) => value === -1, '-1, one channel per group'));

/**
 * Instance norm as a layer. Input and output [B, H, W, C]. The weights γ and β have shape [C].
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { InstanceNormalization } from 'ts-cyclegan';
 * const layer = new InstanceNormalization({ gammaInitializer: tf.initializers.randomNormal({ stddev: 0.02 }) });
 * layer.apply(tf.input({ shape: [64, 64, 32] }));
 * console.log(layer.countParams()); // 64
 * ```
 */
export class InstanceNormalization extends AffineNormalization {
  static className = 'InstanceNormalization';
  static readonly perSample = true;
  static readonly pure = true;

  constructor(args: InstanceNormalizationArgs = {}) {
    super('InstanceNormalization', args, { groups });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { gamma, beta, epsilon } = this;
    return instanceNorm(single(inputs) as tf.Tensor4D, { gamma, beta, epsilon });
  }
}
