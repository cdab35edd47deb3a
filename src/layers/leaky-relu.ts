/**
 * A LeakyReLU that can be differentiated twice. The gradient of tfjs' own LeakyReLU uses `greater` and `where`, which have no
 * gradient, so gradient penalties (WGAN-GP, DRAGAN, R1) fail.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { finiteNumber, withDefault } from '../core/options.js';
import { type LayerArgs, resolveLayerOptions, type Shape, single } from './layer.js';

/**
 * Returns x for positive values and α·x for the others. The slope at 0 is α. One kernel forward, two backward.
 *
 * @param x any shape
 * @param alpha the slope for negative values; the Keras and PyTorch programs use 0.2
 */
export function leakyRelu<T extends tf.Tensor>(x: T, alpha = 0.2): T {
  const op = tf.customGrad((...args) => {
    const value = tf.leakyRelu(x, alpha);
    (args.at(-1) as tf.GradSaveFunc)([x]); // saved last: tfjs does not free saved tensors if a kernel fails
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.step(saved[0]!, alpha)),
    };
  });
  return op(x);
}

/** Options of {@link LeakyReLU}. */
export interface LeakyReLUArgs extends LayerArgs {
  /**
   * The slope for negative values.
   * @default 0.2 (`tf.layers.leakyReLU`: 0.3)
   */
  alpha?: number;
}

/**
 * {@link leakyRelu} as a layer.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export class LeakyReLU extends layers.Layer {
  static className = 'TwiceDifferentiableLeakyReLU';
  static readonly perSample = true;
  static readonly pure = true;
  readonly alpha: number;

  constructor(args: LeakyReLUArgs = {}) {
    const { alpha } = resolveLayerOptions('LeakyReLU', { alpha: withDefault(finiteNumber(0), 0.2) }, args);
    super(args);
    this.alpha = alpha;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return leakyRelu(single(inputs), this.alpha);
  }

  override computeOutputShape(inputShape: Shape | Shape[]) {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}
