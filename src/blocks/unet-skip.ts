/**
 * One level of a U-Net (PyTorch: `UnetSkipConnectionBlock`): it halves the size, applies the inner levels, doubles the size and
 * concatenates the result with its input.
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
  /** The channels of the downsampling convolution. PyTorch: `inner_nc`. */
  innerFilters: number;
  /** The channels of the upsampling convolution. PyTorch: `outer_nc`. */
  outerFilters: number;
  /** Applies the inner levels; null for the innermost level. */
  inner: ((x: SymbolicTensor, name: string | undefined) => SymbolicTensor) | null;
  /**
   * Whether this is the outermost level. It has no activation or norm while downsampling, a bias and tanh while upsampling, and
   * no skip connection.
   * @default false
   */
  outermost?: boolean;
  /**
   * Whether to drop half of the upsampled values during training.
   * @default false
   */
  dropout?: boolean;
  /**
   * The seed of the dropout masks.
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
 * Applies one level of a U-Net, with kernels of 4×4 and strides of 2.
 *
 * @param x [B, H, W, C], H and W even
 * @returns [B, H, W, C + outerFilters]; for the outermost level [B, H, W, outerFilters] in [−1, 1]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function unetSkip(x: SymbolicTensor, options: UnetSkipOptions): SymbolicTensor {
  const resolved = resolveOptions('unetSkip', entries, options);
  const { innerFilters, outerFilters, inner, outermost, dropout, seed } = resolved;
  const { kernelInitializer, useBias, name } = resolved;
  const norm = normOf(options);
  const shared = { kernelSize: 4, strides: 2, padding: 'same', kernelInitializer } as const;

  let at = 0; // PyTorch's index of a submodule in `<block>.model`
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
