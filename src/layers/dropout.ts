/**
 * Dropout with masks from a random stream that can be seeded, saved and restored. `tf.layers.dropout` draws from `Math.random`,
 * or with a seed draws the same mask at every call.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { shareBelowOne, wholeNumber, withDefault } from '../core/options.js';
import { type Draws, drawFrom } from '../core/draws.js';
import { Random } from '../core/random.js';
import { type LayerArgs, resolveLayerOptions, type Shape, single } from './layer.js';

/** Options of {@link Dropout}. */
export interface DropoutArgs extends LayerArgs {
  /**
   * The fraction of values set to 0 with `training: true`. The other values are multiplied by 1/(1 − rate).
   * @default 0.5, as in pytorch-CycleGAN-and-pix2pix
   */
  rate?: number;
  /**
   * The seed of the masks. It has no effect once {@link Dropout.draws} is replaced.
   * @default 0
   */
  seed?: number;
}

/**
 * Dropout with its own random stream, for inputs of any shape.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export class Dropout extends layers.Layer {
  static className = 'SeededDropout';
  readonly rate: number;
  readonly seed: number;
  /** The output depends on the input and {@link Dropout.draws} only, so training can replay the layer. */
  static readonly pure = true;
  /** The source of the masks. A trainer replaces it while a step runs. */
  draws: Draws;

  constructor(args: DropoutArgs = {}) {
    const { rate, seed } = resolveLayerOptions(
      'Dropout',
      { rate: withDefault(shareBelowOne(), 0.5), seed: withDefault(wholeNumber(0), 0) },
      args,
    );
    super(args);
    this.rate = rate;
    this.seed = seed;
    this.draws = drawFrom(new Random(seed));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = single(inputs);
    if (kwargs.training !== true || this.rate === 0) return tf.clone(x);
    return tf.tidy(() => {
      const kept = tf.greaterEqual(this.draws.uniform(x.shape), this.rate);
      return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - this.rate)));
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]) {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}
