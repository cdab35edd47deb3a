/**
 * Batch norm as in PyTorch's `nn.BatchNorm2d`. It differs from `tf.layers.batchNormalization` in the running variance, which
 * averages the *unbiased* variance of each batch: n/(n − 1) times the variance that normalizes the batch.
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
   * The decay of the running statistics at each training pass: 1 minus PyTorch's momentum.
   * @default 0.9
   */
  momentum?: number;
}

/**
 * Batch norm with PyTorch's running statistics. Input and output [B, H, W, C]. The weights γ, β, running mean and running
 * variance have shape [C]. With `training: true` the statistics of the batch are used, otherwise the running statistics.
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

  /** Creates γ, β and the running statistics for the channels of `inputShape`. */
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

  /** Updates the running statistics with those of a batch. */
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

  /** Returns the options, for saving. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum };
  }
}
