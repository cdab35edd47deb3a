/**
 * A transposed convolution, a norm and an activation, which double an image. Keras example: `upsample`.
 *
 * Transposed convolutions produce checkerboard patterns if the kernel size is not a multiple of the stride. A resize-convolution
 * (Odena et al. 2016), which is nearest-neighbour upsampling and a convolution, does not.
 */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { oneOf, resolveOptions, show, withDefault } from '../core/options.js';
import { Cropping2D } from '../layers/cropping-2d.js';
import { connect } from '../layers/layer.js';
import { NearestUpsampling2D } from '../layers/nearest-upsampling-2d.js';
import {
  applyOptional,
  blockEntries,
  heightAndWidth,
  type ConvolutionBlockOptions,
  convolution,
  following,
  initializerFor,
  named,
  normOf,
  type Pair,
  resizingEntries,
  within,
} from './block.js';

/** Options of {@link upsample}. */
export interface UpsampleOptions extends ConvolutionBlockOptions {
  /** The channels of the output. */
  filters: number;
  /**
   * @default 2
   */
  strides?: Pair;
  /**
   * TensorFlow's `same` or `valid`, or a number p as in PyTorch: `nn.ConvTranspose2d` with padding p and an output padding that
   * makes the result exactly `strides` times as large. p is at most kernelSize − strides.
   * @default 'same'
   */
  padding?: 'same' | 'valid' | number;
  /**
   * `transposed`, or `resize` for a resize-convolution, which needs equal strides and uses the padding `same`.
   * @default 'transposed'
   */
  method?: 'transposed' | 'resize';
}

const entries = {
  ...blockEntries,
  ...resizingEntries,
  method: withDefault(oneOf('transposed', 'resize'), 'transposed'),
};

/** Refuses options that the method does not support. */
function check(options: UpsampleOptions): void {
  const { kernelSize, strides, padding, method } = resolveOptions('upsample', entries, options);
  const [down, right] = heightAndWidth(strides);
  if (method === 'resize' && down !== right) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `upsample: option "strides" must be equal for method "resize", got ${show(strides)}.`,
    );
  }
  const most = Math.min(
    ...heightAndWidth(kernelSize).map((size, axis) => size - heightAndWidth(strides)[axis]!),
  );
  if (method === 'transposed' && typeof padding === 'number' && padding > most) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `upsample: option "padding" must be at most kernelSize - strides, ${most}, got ${padding}. ` +
        `Use a smaller padding, "same" or "valid".`,
    );
  }
}

/**
 * Applies a transposed convolution or a resize-convolution, a norm and an activation.
 *
 * @param x [B, H, W, C]
 * @returns [B, 2·H, 2·W, filters] by default
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { upsample } from 'ts-cyclegan';
 * const input = tf.input({ shape: [32, 32, 16] });
 * const double = upsample(input, { filters: 8, method: 'resize', activation: tf.layers.reLU() });
 * console.log(double.shape); // [null, 64, 64, 8]
 * ```
 */
export function upsample(x: SymbolicTensor, options: UpsampleOptions): SymbolicTensor {
  check(options);
  const { activation = layers.reLU, method = 'transposed', name } = options;
  let y = method === 'resize' ? resizeConvolution(x, options) : transposedConvolution(x, options);
  y = applyOptional(normOf(options), y, following(name, 1));
  return applyOptional(activation, y, following(name, 2));
}

function resizeConvolution(x: SymbolicTensor, options: UpsampleOptions): SymbolicTensor {
  const { filters, kernelInitializer, kernelSize = 3, strides = 2, useBias = false, name } = options;
  const [factor] = heightAndWidth(strides);
  const large = connect(new NearestUpsampling2D({ factor, ...named(within(name, 'resize')) }), x);
  return convolution(large, filters, { kernelSize, padding: 'same', useBias, kernelInitializer, name });
}

/** A transposed convolution with the padding of {@link UpsampleOptions}. */
export function transposedConvolution(x: SymbolicTensor, options: UpsampleOptions): SymbolicTensor {
  const { filters, kernelInitializer, padding = 'same', useBias = false, name } = options;
  const kernelSize = heightAndWidth(options.kernelSize ?? 3);
  const strides = heightAndWidth(options.strides ?? 2);
  const layer = layers.conv2dTranspose({
    filters,
    kernelSize,
    strides,
    padding: typeof padding === 'number' ? 'valid' : padding,
    useBias,
    kernelInitializer: initializerFor(kernelInitializer, [...kernelSize, filters, x.shape.at(-1)!]),
    ...named(name),
  });
  const y = connect(layer, x);
  if (typeof padding !== 'number') return y;
  // The size with 'valid' is stride · size + kernel − stride. PyTorch crops `padding` of it at the front.
  const [bottom, right] = [0, 1].map((i) => kernelSize[i]! - strides[i]! - padding) as [number, number];
  const cropping = { top: padding, bottom, left: padding, right };
  return connect(new Cropping2D({ cropping, ...named(within(name, 'cropping')) }), y);
}
