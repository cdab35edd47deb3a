/**
 * `ReflectionPadding2D` (a class of the Keras example; PyTorch: `nn.ReflectionPad2d`) and `ReplicationPadding2D`
 * (PyTorch: `nn.ReplicationPad2d`). `pad2d.ts` computes both.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { satisfying, withDefault } from '../core/options.js';
import { type LayerArgs, imageSpec, resolveLayerOptions, type Shape, single } from './layer.js';
import { type Padding2D, paddingSides, reflectPad2d, replicatePad2d } from './pad2d.js';

/** `[width, height]`, as in the Keras example; {@link Padding2D} has the height first. */
type LayerPadding = Exclude<Padding2D, readonly number[]> | readonly [width: number, height: number];

/** Options of {@link ReflectionPadding2D} and {@link ReplicationPadding2D}. */
export interface Padding2DArgs extends LayerArgs {
  /**
   * The pixels to add: the same on all sides, `[width, height]` (the order of the Keras example), or
   * `{ top, bottom, left, right }`.
   * @default [1, 1]
   */
  padding?: Exclude<Padding2D, readonly number[]> | readonly [width: number, height: number];
}

const entries = {
  padding: withDefault(
    satisfying<LayerPadding>(() => true, 'a padding'),
    [1, 1],
  ),
};

const heightFirst = (padding: LayerPadding): Padding2D =>
  Array.isArray(padding) ? [padding[1] as number, padding[0] as number] : padding;

abstract class Padding2DLayer extends layers.Layer {
  /** The pixels to add, as given. */
  readonly padding: NonNullable<Padding2DArgs['padding']>;
  /** The same, with the height first. */
  protected readonly sides: Padding2D;

  constructor(where: string, args: Padding2DArgs) {
    const { padding } = resolveLayerOptions(where, entries, args);
    paddingSides(where, padding, 'padding', '[width, height]');
    super(args);
    this.padding = padding;
    this.sides = heightFirst(padding);
    this.inputSpec = imageSpec();
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = inputShape as [number, number | null, number | null, number];
    const [[top, bottom], [left, right]] = paddingSides(this.getClassName(), this.sides);
    const grown = (size: number | null, by: number) => (size === null ? null : size + by);
    return [batch, grown(height, top + bottom), grown(width, left + right), channels];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), padding: this.padding as number };
  }
}

/**
 * Pads images by their reflection, without repeating the edge.
 *
 * Input [B, H, W, C], output [B, H + 2·height, W + 2·width, C]. The padding must be less than H and W.
 *
 * @throws CycleGANError `INVALID_OPTION`; `INVALID_SHAPE` if it is applied to an image that is too small
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { ReflectionPadding2D } from 'ts-cyclegan';
 * const input = tf.input({ shape: [256, 256, 3] });
 * const padded = new ReflectionPadding2D({ padding: [3, 3] }).apply(input) as tf.SymbolicTensor;
 * console.log(padded.shape); // [null, 262, 262, 3]
 * ```
 */
export class ReflectionPadding2D extends Padding2DLayer {
  static className = 'ReflectionPadding2D';
  static readonly perSample = true;
  static readonly pure = true;

  constructor(args: Padding2DArgs = {}) {
    super('ReflectionPadding2D', args);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return reflectPad2d(single(inputs) as tf.Tensor4D, this.sides);
  }
}

/**
 * Pads images by repeating their edge.
 *
 * Input [B, H, W, C], output [B, H + 2·height, W + 2·width, C].
 *
 * @throws CycleGANError `INVALID_OPTION`
 */
export class ReplicationPadding2D extends Padding2DLayer {
  static className = 'ReplicationPadding2D';
  static readonly perSample = true;
  static readonly pure = true;

  constructor(args: Padding2DArgs = {}) {
    super('ReplicationPadding2D', args);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return replicatePad2d(single(inputs) as tf.Tensor4D, this.sides);
  }
}
