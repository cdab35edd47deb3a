/**
 * `AntialiasDownsampling2D` and `AntialiasUpsampling2D`, CUT's `Downsample` and `Upsample`. Their filters are fixed. PyTorch stores
 * them as buffers `filt`; these layers have no weights, and `state-dict.ts` adds the buffers.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { blurAndHalve, doubleSmoothly } from './blur.js';
import { type LayerArgs, imageSpec, resolveLayerOptions, type Shape, single } from './layer.js';

/** The base class: layers without options that change height and width. */
abstract class AntialiasLayer extends layers.Layer {
  constructor(where: string, args: LayerArgs) {
    resolveLayerOptions(where, {}, args);
    super(args);
    this.inputSpec = imageSpec();
  }

  protected abstract resized(size: number): number;

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = inputShape as Shape;
    const resized = (size: number | null | undefined) => (size == null ? null : this.resized(size));
    return [batch!, resized(height), resized(width), channels!];
  }
}

/**
 * Halves images without aliasing (Zhang 2019): blurs with [1, 2, 1] / 4 in both directions, and keeps every second pixel from the
 * first on. The edges are reflected. PyTorch (CUT): `Downsample`.
 *
 * Input [B, H, W, C], output [B, ⌈H / 2⌉, ⌈W / 2⌉, C]. H and W are at least 2. The layer has no weights.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`; `INVALID_SHAPE` if it is applied to an image that is too small
 */
export class AntialiasDownsampling2D extends AntialiasLayer {
  static className = 'AntialiasDownsampling2D';
  static readonly perSample = true;
  static readonly pure = true;

  constructor(args: LayerArgs = {}) {
    super('AntialiasDownsampling2D', args);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = single(inputs) as tf.Tensor4D;
    const size = x.shape.slice(1, 3);
    if (Math.min(...size) < 2) {
      throw new CycleGANError(
        'INVALID_SHAPE',
        `AntialiasDownsampling2D: images must be at least 2 pixels high and wide, got ${show(size)}. Use larger images.`,
      );
    }
    return blurAndHalve(x);
  }

  protected override resized(size: number): number {
    return Math.ceil(size / 2);
  }
}

/**
 * Doubles images by smooth interpolation, with [1, 3, 3, 1] / 4 in both directions. The edges are repeated. PyTorch (CUT):
 * `Upsample`.
 *
 * Input [B, H, W, C], output [B, 2·H, 2·W, C]. The layer has no weights.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`
 */
export class AntialiasUpsampling2D extends AntialiasLayer {
  static className = 'AntialiasUpsampling2D';
  static readonly perSample = true;
  static readonly pure = true;

  constructor(args: LayerArgs = {}) {
    super('AntialiasUpsampling2D', args);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return doubleSmoothly(single(inputs) as tf.Tensor4D);
  }

  protected override resized(size: number): number {
    return 2 * size;
  }
}

/** The fixed filter of a layer as PyTorch's buffer `filt`, [channels, 1, size, size]; undefined for other layers. */
export function fixedFilter(layer: layers.Layer): { shape: number[]; data: Float32Array } | undefined {
  const line =
    layer instanceof AntialiasDownsampling2D
      ? [1, 2, 1].map((value) => value / 4)
      : layer instanceof AntialiasUpsampling2D
        ? [1, 3, 3, 1].map((value) => value / 4)
        : undefined;
  if (line === undefined) return undefined;
  const square = line.flatMap((row) => line.map((column) => row * column));
  const channels = (layer.output as { shape: Shape }).shape.at(-1)!;
  const data = new Float32Array(channels * square.length).map((_, i) => square[i % square.length]!);
  return { shape: [channels, 1, line.length, line.length], data };
}
