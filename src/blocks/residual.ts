/**
 * The residual block of the generator (Johnson et al. 2016): padding, convolution, norm, activation, padding, convolution and
 * norm, whose output is added to the input. No activation follows the sum. Keras example: `residual_block`; PyTorch:
 * `ResnetBlock`.
 */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type Border, borderEntry } from '../core/border.js';
import { CycleGANError } from '../core/errors.js';
import { flag, oneOf, optional, resolveOptions, show, wholeNumber, withDefault } from '../core/options.js';
import { Dropout } from '../layers/dropout.js';
import { connect } from '../layers/layer.js';
import { ReflectionPadding2D, ReplicationPadding2D } from '../layers/padding-2d.js';
import {
  applyOptional,
  blockEntries,
  heightAndWidth,
  type ConvolutionBlockOptions,
  convolution,
  named,
  normOf,
  type Pair,
  pair,
  within,
} from './block.js';
import { separableConvolution } from './separable.js';

/** Options of {@link residualBlock}. */
export interface ResidualBlockOptions extends ConvolutionBlockOptions {
  /**
   * @default 1
   */
  strides?: Pair;
  /**
   * The padding of the convolutions, in addition to `border`.
   * @default 'same' if `border` is 'zero', else 'valid'
   */
  padding?: 'same' | 'valid';
  /**
   * The kind of border around the input of each convolution. PyTorch: `padding_type`.
   * @default 'reflect'
   */
  border?: Border;
  /**
   * Whether to drop half of the values between the convolutions during training. PyTorch: `use_dropout`.
   * @default false
   */
  dropout?: boolean;
  /**
   * Whether each convolution is depthwise-separable: a depthwise convolution, a norm and a 1×1 convolution, with about an eighth of
   * the weights. The names are those of GAN Compression, where dropout has an index even if it is off.
   * @default false
   */
  separable?: boolean;
  /**
   * The seed of the dropout masks.
   * @default 0
   */
  seed?: number;
}

const entries = {
  ...blockEntries,
  strides: pair(1),
  padding: optional(oneOf('same', 'valid')),
  border: borderEntry,
  dropout: withDefault(flag(), false),
  separable: withDefault(flag(), false),
  seed: withDefault(wholeNumber(0), 0),
};

/** Refuses convolutions that change the size. `convolved` computes the output size of one convolution along an axis. */
function checkSize(x: SymbolicTensor, convolved: (size: number, axis: number) => number): void {
  const before = x.shape.slice(1, 3).map((size) => size ?? 64);
  const after = before.map((size, axis) => convolved(convolved(size, axis), axis));
  if (after.every((size, axis) => size === before[axis])) return;
  throw new CycleGANError(
    'INVALID_OPTION',
    `residualBlock: the convolutions must keep the size of the image, expected ${show(before)}, got ${show(after)}. ` +
      `Use strides of 1 and an odd kernelSize, with padding "valid", or with padding "same" and border "zero".`,
  );
}

/**
 * Applies a residual block. Its convolutions have as many filters as `x` has channels.
 *
 * @param x [B, H, W, C]
 * @returns [B, H, W, C]
 * @throws CycleGANError `UNKNOWN_OPTION`; `INVALID_OPTION`, also if the convolutions change the size
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { residualBlock } from 'ts-cyclegan';
 * const input = tf.input({ shape: [64, 64, 32] });
 * const model = tf.model({ inputs: input, outputs: residualBlock(input, { activation: tf.layers.reLU() }) });
 * console.log(model.countParams()); // 18560: two kernels 3·3·32·32, two γ and β of 32
 * ```
 */
export function residualBlock(x: SymbolicTensor, options: ResidualBlockOptions = {}): SymbolicTensor {
  const resolved = resolveOptions('residualBlock', entries, options);
  const { activation = layers.reLU, kernelInitializer, kernelSize, strides, useBias, name } = resolved;
  const { border, padding = border === 'zero' ? 'same' : 'valid', dropout, separable, seed } = resolved;
  const norm = normOf(options);
  const filters = x.shape.at(-1)!;
  const [height, width] = heightAndWidth(kernelSize).map((size) => (size - 1) >> 1) as [number, number];
  const own = border === 'zero' ? [0, 0] : [height, width];
  checkSize(x, (size, axis) => {
    const bordered = size + 2 * own[axis]!;
    const room = padding === 'same' ? bordered : bordered - heightAndWidth(kernelSize)[axis]! + 1;
    return Math.ceil(room / heightAndWidth(strides)[axis]!);
  });

  let at = 0; // PyTorch's index of a layer in the block; zero padding is part of the convolution and has none
  const next = () => within(name, `conv_block.${at++}`);
  const half = (y: SymbolicTensor): SymbolicTensor => {
    if (border !== 'zero') {
      const Padding = border === 'reflect' ? ReflectionPadding2D : ReplicationPadding2D;
      y = connect(new Padding({ padding: [width, height], ...named(next()) }), y);
    }
    const options = { kernelSize, strides, padding, useBias, kernelInitializer, name: next() };
    y = separable ? separableConvolution(y, { ...options, norm }) : convolution(y, filters, options);
    return applyOptional(norm, y, next());
  };

  let y = applyOptional(activation, half(x), next());
  if (dropout) y = connect(new Dropout({ seed, ...named(next()) }), y);
  else if (separable) next();
  y = half(y);
  return layers.add(named(name)).apply([x, y]) as SymbolicTensor;
}
