/**
 * Batch normalisation as PyTorch's `nn.BatchNorm2d` does it, for networks in P's convention. It differs
 * from `tf.layers.batchNormalization` in one number: the running variance takes in the *unbiased*
 * variance of a batch, n/(n−1) times the one that normalises it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { finiteNumber, withDefault } from '../core/options.js';
import { AffineNormalization, type AffineNormalizationArgs } from './affine-normalization.js';
import { type Shape, single } from './layer.js';
import { normalize } from './normalize.js';

/** Options of {@link BatchNormalization}. */
export interface BatchNormalizationArgs extends AffineNormalizationArgs {
  /**
   * How much of the running statistics stays at each training pass; 1 minus PyTorch's momentum.
   * @default 0.9
   */
  momentum?: number;
}

/**
 * Batch normalisation with PyTorch's running statistics. Input and output [B, H, W, C]; weights γ, β,
 * running mean and running variance of shape [C]. Normalises by the batch under `training: true`, by the
 * running statistics else.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export class BatchNormalization extends AffineNormalization {
  static className = 'PyTorchBatchNormalization';
  static readonly pure = true;
  readonly momentum: number;
  #mean!: LayerVariable;
  #variance!: LayerVariable;

  constructor(args: BatchNormalizationArgs = {}) {
    super('BatchNormalization', args, { momentum: withDefault(finiteNumber(0, 1), 0.9) });
    this.momentum = args.momentum ?? 0.9;
  }

  /** Makes γ, β and the running statistics for the channels of `inputShape`. */
  override build(inputShape: Shape | Shape[]): void {
    super.build(inputShape);
    const shape = [(inputShape as Shape).at(-1)!];
    this.#mean = this.addWeight('moving_mean', shape, 'float32', initializers.zeros(), undefined, false);
    this.#variance = this.addWeight(
      'moving_variance',
      shape,
      'float32',
      initializers.ones(),
      undefined,
      false,
    );
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = single(inputs) as tf.Tensor4D;
    const { gamma, beta, epsilon } = this;
    if (kwargs.training !== true) {
      // tf.batchNorm has no gradient without γ or β
      return tf.tidy(() => {
        const deviation = tf.sqrt(tf.add(this.#variance.read(), epsilon));
        const normal = tf.mul(tf.sub(x, this.#mean.read()), tf.div(gamma ?? 1, deviation));
        return beta === undefined ? normal : tf.add(normal, beta);
      });
    }
    this.#observe(x);
    return normalize(x, [0, 1, 2], epsilon, gamma, beta);
  }

  /** Takes the statistics of a batch into the running ones. */
  #observe(x: tf.Tensor4D): void {
    tf.tidy(() => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const count = x.size / x.shape[3];
      const mix = (running: LayerVariable, now: tf.Tensor, weight: number) =>
        running.write(tf.add(tf.mul(running.read(), this.momentum), tf.mul(now, weight)));
      mix(this.#mean, mean, 1 - this.momentum);
      mix(this.#variance, variance, ((1 - this.momentum) * count) / Math.max(count - 1, 1));
    });
  }

  /** The options, for saving. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum };
  }
}
