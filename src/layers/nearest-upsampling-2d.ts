/**
 * Nearest-neighbour upsampling by a whole factor, the first half of a resize-convolution (Odena et al. 2016). Its gradient is
 * a sum: the gradient kernel of `tf.layers.upSampling2d` is wrong on the cpu backend for batches of two or more.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { wholeNumber, withDefault } from '../core/options.js';
import { type LayerArgs, imageSpec, resolveLayerOptions, type Shape, single } from './layer.js';

/** [B, H, W, C] → [B, factor·H, factor·W, C], repeating each pixel. */
function nearestUpsample(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const op = tf.customGrad((t) => ({
    value: tf.image.resizeNearestNeighbor(t as tf.Tensor4D, [factor * height, factor * width]),
    gradFunc: (dy: tf.Tensor) => {
      const rows = tf.sum(tf.reshape(dy, [batch * height, factor, factor * width * channels]), 1);
      const pixels = tf.sum(tf.reshape(rows, [batch * height * width, factor, channels]), 1);
      return tf.reshape(pixels, x.shape);
    },
  }));
  return op(x) as tf.Tensor4D;
}

/** Options of {@link NearestUpsampling2D}. */
export interface NearestUpsampling2DArgs extends LayerArgs {
  /**
   * The factor of height and width.
   * @default 2
   */
  factor?: number;
}

/**
 * Repeats each pixel. Input [B, H, W, C], output [B, factor·H, factor·W, C].
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export class NearestUpsampling2D extends layers.Layer {
  static className = 'NearestUpsampling2D';
  static readonly perSample = true;
  static readonly pure = true;
  readonly factor: number;

  constructor(args: NearestUpsampling2DArgs = {}) {
    const entries = { factor: withDefault(wholeNumber(1), 2) };
    const { factor } = resolveLayerOptions('NearestUpsampling2D', entries, args);
    super(args);
    this.factor = factor;
    this.inputSpec = imageSpec();
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => nearestUpsample(single(inputs) as tf.Tensor4D, this.factor));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = inputShape as Shape;
    const enlarged = (size: number | null | undefined) => (size == null ? null : size * this.factor);
    return [batch!, enlarged(height), enlarged(width), channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.factor };
  }
}
