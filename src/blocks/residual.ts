/**
 * The residual block of the generator (Johnson et al. 2016): pad, convolve, normalise, activate, pad,
 * convolve, normalise, and add the input. No activation follows the sum. K: `residual_block`; P: `ResnetBlock`.
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

export interface ResidualBlockOptions extends ConvolutionBlockOptions {
  /**
   * @default 1
   */
  strides?: Pair;
  /**
   * Padding of the convolutions, after the border was added by `border`.
   * @default 'valid', and 'same' where border is 'zero'
   */
  padding?: 'same' | 'valid';
  /**
   * What the border that the convolutions need is made of. P: `padding_type`.
   * @default 'reflect'
   */
  border?: Border;
  /**
   * Whether to drop half of the values between the two convolutions in training. P: `use_dropout`.
   * @default false
   */
  dropout?: boolean;
  /**
   * Seed of the dropout masks.
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
  seed: withDefault(wholeNumber(0), 0),
};

/** Refuses convolutions that change the size, of which `convolved` tells the result along one axis. */
function checkSize(x: SymbolicTensor, convolved: (size: number, axis: number) => number): void {
  const before = x.shape.slice(1, 3).map((size) => size ?? 64);
  const after = before.map((size, axis) => convolved(convolved(size, axis), axis));
  if (after.every((size, axis) => size === before[axis])) return;
  throw new CycleGANError(
    'INVALID_OPTION',
    `residualBlock: the convolutions must keep the size of the images, to which they are added, but turn ` +
      `${show(before)} into ${show(after)}. Use strides of 1, an odd kernelSize, and padding "valid", ` +
      `or "same" with border "zero".`,
  );
}

/**
 * A residual block of as many filters as `x` has channels.
 *
 * @param x [B, H, W, C]
 * @returns [B, H, W, C]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION` also where the convolutions would change the size
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
  const { border, padding = border === 'zero' ? 'same' : 'valid', dropout, seed } = resolved;
  const norm = normOf(options);
  const filters = x.shape.at(-1)!;
  const [height, width] = heightAndWidth(kernelSize).map((size) => (size - 1) >> 1) as [number, number];
  const own = border === 'zero' ? [0, 0] : [height, width];
  checkSize(x, (size, axis) => {
    const bordered = size + 2 * own[axis]!;
    const room = padding === 'same' ? bordered : bordered - heightAndWidth(kernelSize)[axis]! + 1;
    return Math.ceil(room / heightAndWidth(strides)[axis]!);
  });

  let at = 0; // P numbers the parts of a block from 0, and zero padding, which is in its convolution, is no part
  const next = () => within(name, `conv_block.${at++}`);
  const half = (y: SymbolicTensor): SymbolicTensor => {
    if (border !== 'zero') {
      const Padding = border === 'reflect' ? ReflectionPadding2D : ReplicationPadding2D;
      y = connect(new Padding({ padding: [width, height], ...named(next()) }), y);
    }
    y = convolution(y, filters, { kernelSize, strides, padding, useBias, kernelInitializer, name: next() });
    return applyOptional(norm, y, next());
  };

  let y = applyOptional(activation, half(x), next());
  if (dropout) y = connect(new Dropout({ seed, ...named(next()) }), y);
  y = half(y);
  return layers.add(named(name)).apply([x, y]) as SymbolicTensor;
}
