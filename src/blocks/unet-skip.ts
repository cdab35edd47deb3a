/**
 * The block that a U-Net is nested of (P: `UnetSkipConnectionBlock`): half the size, what lies within,
 * double the size, and the input beside the result.
 */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { flag, resolveOptions, satisfying, wholeNumber, withDefault } from '../core/options.js';
import { Dropout } from '../layers/dropout.js';
import { connect } from '../layers/layer.js';
import { LeakyReLU } from '../layers/leaky-relu.js';
import {
  applyOptional,
  blockEntries,
  type ConvolutionBlockOptions,
  convolution,
  named,
  normOf,
  within,
} from './block.js';
import { transposedConvolution } from './upsample.js';

/** Options of {@link unetSkip}. */
export interface UnetSkipOptions extends Omit<ConvolutionBlockOptions, 'activation' | 'kernelSize'> {
  /** Channels between the two halves; P: `inner_nc`. */
  innerFilters: number;
  /** Channels that the way up ends in; P: `outer_nc`. */
  outerFilters: number;
  /** What lies within; null at the bottom of the U. */
  inner: ((x: SymbolicTensor, name: string | undefined) => SymbolicTensor) | null;
  /**
   * Whether this is the outermost block: no activation or normalisation on the way down, a bias and tanh
   * on the way up, and no skip.
   * @default false
   */
  outermost?: boolean;
  /**
   * Whether to drop half of the values at the end of the way up in training.
   * @default false
   */
  dropout?: boolean;
  /**
   * Seed of the dropout masks.
   * @default 0
   */
  seed?: number;
}

type Inner = NonNullable<UnetSkipOptions['inner']>;
const { activation: _, kernelSize: __, ...sharedEntries } = blockEntries;
const entries = {
  ...sharedEntries,
  innerFilters: wholeNumber(1),
  outerFilters: wholeNumber(1),
  inner: satisfying<Inner | null>(
    (value) => value === null || typeof value === 'function',
    'a function on symbolic tensors, or null',
  ),
  outermost: withDefault(flag(), false),
  dropout: withDefault(flag(), false),
  seed: withDefault(wholeNumber(0), 0),
};

/**
 * One level of a U-Net, kernels of 4 and strides of 2.
 *
 * @param x [B, H, W, C], H and W even
 * @returns [B, H, W, C + outerFilters]; outermost: [B, H, W, outerFilters] in [−1, 1]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function unetSkip(x: SymbolicTensor, options: UnetSkipOptions): SymbolicTensor {
  const resolved = resolveOptions('unetSkip', entries, options);
  const { innerFilters, outerFilters, inner, outermost, dropout, seed } = resolved;
  const { kernelInitializer, useBias, name } = resolved;
  const norm = normOf(options);
  const shared = { kernelSize: 4, strides: 2, padding: 'same', kernelInitializer } as const;

  let at = 0; // P: submodules are numbered within `<block>.model`
  const next = () => within(name, `model.${at++}`);

  let y = x;
  if (!outermost) y = connect(new LeakyReLU({ alpha: 0.2, ...named(next()) }), y);
  y = convolution(y, innerFilters, { ...shared, useBias, name: next() });
  if (inner !== null) {
    if (!outermost) y = applyOptional(norm, y, next());
    y = inner(y, next());
  }
  y = connect(layers.reLU(named(next())), y);
  const up = next();
  y = transposedConvolution(y, {
    ...shared,
    filters: outerFilters,
    useBias: useBias || outermost,
    ...named(up),
  });
  if (outermost) return connect(layers.activation({ activation: 'tanh', ...named(next()) }), y);
  y = applyOptional(norm, y, next());
  if (dropout) y = connect(new Dropout({ seed, ...named(next()) }), y);
  return layers.concatenate(named(name)).apply([x, y]) as SymbolicTensor;
}
