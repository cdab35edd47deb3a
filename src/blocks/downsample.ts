/** A strided convolution, a norm and an activation, which halve an image. Keras example: `downsample`. */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { resolveOptions } from '../core/options.js';
import {
  applyOptional,
  blockEntries,
  type ConvolutionBlockOptions,
  convolution,
  following,
  normOf,
  type Pair,
  resizingEntries,
} from './block.js';

/** Options of {@link downsample}. */
export interface DownsampleOptions extends ConvolutionBlockOptions {
  /** The channels of the output. */
  filters: number;
  /**
   * @default 2
   */
  strides?: Pair;
  /**
   * TensorFlow's `same` or `valid`, or a number as in PyTorch: so many zeros on every side.
   * @default 'same'
   */
  padding?: 'same' | 'valid' | number;
}

/**
 * Applies a strided convolution, a norm and an activation.
 *
 * @param x [B, H, W, C]
 * @returns [B, H/2, W/2, filters] by default
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { downsample } from 'ts-cyclegan';
 * const half = downsample(tf.input({ shape: [64, 64, 3] }), { filters: 16, activation: tf.layers.reLU() });
 * console.log(half.shape); // [null, 32, 32, 16]
 * ```
 */
export function downsample(x: SymbolicTensor, options: DownsampleOptions): SymbolicTensor {
  const resolved = resolveOptions('downsample', { ...blockEntries, ...resizingEntries }, options);
  const { filters, activation = layers.reLU, kernelInitializer, kernelSize, name } = resolved;
  const { strides, padding, useBias } = resolved;
  let y = convolution(x, filters, { kernelSize, strides, padding, useBias, kernelInitializer, name });
  y = applyOptional(normOf(options), y, following(name, 1));
  return applyOptional(activation, y, following(name, 2));
}
