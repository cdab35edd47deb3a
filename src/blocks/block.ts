/** The options and helpers that all blocks share: names as in PyTorch, one initializer per kernel, layers or layer factories. */
import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { flag, optional, satisfying, text, wholeNumber, withDefault } from '../core/options.js';
import { InstanceNormalization } from '../layers/instance-normalization.js';
import { connect } from '../layers/layer.js';

/** A function that creates a layer, such as `tf.layers.reLU`. */
export type LayerFactory = (args: { name?: string }) => layers.Layer;

/** An initializer of tfjs: an object or a name. */
export type Initializer =
  | ReturnType<typeof initializers.zeros>
  | NonNullable<Parameters<typeof layers.conv2d>[0]['kernelInitializer']>;

/**
 * An initializer, or a function that returns one for each kernel of a block. The function receives the shape of the kernel,
 * [height, width, inputs, outputs], or [height, width, outputs, inputs] for transposed convolutions.
 *
 * Use a function for seeded initializers, with another seed at each call: the same seed draws the same values.
 */
export type KernelInitializer = Initializer | ((shape: number[]) => Initializer);

/** A kernel size or strides: one value for both axes, or [height, width]. */
export type Pair = number | readonly [height: number, width: number];

/** The options of blocks of a convolution, a norm and an activation. */
export interface ConvolutionBlockOptions {
  /**
   * The activation after the norm: a layer, a function that creates one, or null for none.
   * @default tf.layers.reLU
   */
  activation?: layers.Layer | LayerFactory | null;
  /**
   * @default normal, mean 0, standard deviation 0.02
   */
  kernelInitializer?: KernelInitializer | undefined;
  /**
   * @default 3
   */
  kernelSize?: Pair;
  /**
   * A function that creates the norm, or null for none.
   * @default instance norm as in the Keras example, with `gammaInitializer`
   */
  norm?: LayerFactory | null;
  /**
   * The initializer of γ of the default norm, or a function that returns one for each norm.
   * @default normal, mean 0, standard deviation 0.02, as in the Keras example
   */
  gammaInitializer?: Initializer | (() => Initializer);
  /**
   * Whether the convolutions have a bias.
   * @default false
   */
  useBias?: boolean;
  /**
   * The name of the first layer. If it ends in an index, the next layers have the next indices, as in PyTorch's
   * `nn.Sequential`: with `model.4`, the convolution, the norm and the activation are `model.4`, `model.5` and `model.6`.
   * @default names that tfjs generates
   */
  name?: string;
}

const isLayer = (value: unknown): boolean => typeof (value as layers.Layer | undefined)?.apply === 'function';
const isSize = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
/** Schema of a {@link Pair}. */
export const pair = (fallback: number) =>
  withDefault(
    satisfying<Pair>(
      (value) => isSize(value) || (Array.isArray(value) && value.length === 2 && value.every(isSize)),
      'a whole number from 1, or two of them, [height, width]',
    ),
    fallback,
  );
const anything = <T>() => optional(satisfying<T>(() => true, 'anything'));

/** Schemas of {@link ConvolutionBlockOptions}. */
export const blockEntries = {
  activation: optional(
    satisfying<layers.Layer | LayerFactory | null>(
      (value) => value === null || typeof value === 'function' || isLayer(value),
      'a layer, a function that makes one, or null',
    ),
  ),
  kernelInitializer: anything<KernelInitializer>(),
  kernelSize: pair(3),
  norm: optional(
    satisfying<LayerFactory | null>(
      (value) => value === null || typeof value === 'function',
      'a function that makes a layer, or null',
    ),
  ),
  gammaInitializer: anything<Initializer>(),
  useBias: withDefault(flag(), false),
  name: optional(text()),
};

/** Schemas of the options of `downsample` and `upsample`. */
export const resizingEntries = {
  filters: wholeNumber(1),
  strides: pair(2),
  padding: withDefault(
    satisfying<'same' | 'valid' | number>(
      (value) => value === 'same' || value === 'valid' || value === 0 || isSize(value),
      '"same", "valid" or a whole number from 0',
    ),
    'same',
  ),
};

/** `name` as an argument. tfjs does not accept a name that is undefined. */
export const named = (name: string | undefined): { name?: string } => (name === undefined ? {} : { name });

/** `${name}.${part}`, if there is a name. */
export const within = (name: string | undefined, part: string | number) => name && `${name}.${part}`;

/** Increments the index at the end of a name: model.4, 2 → model.6. A name without an index gets one. */
export function following(name: string | undefined, by: number): string | undefined {
  if (name === undefined || by === 0) return name;
  const [, stem, index] = /^(.*?)(\d+)$/.exec(name) ?? [undefined, `${name}.`, '0'];
  return `${stem}${Number(index) + by}`;
}

const normal = () => initializers.randomNormal({ mean: 0, stddev: 0.02 });

/** The initializer for one kernel. */
export function initializerFor(initializer: KernelInitializer | undefined, shape: number[]): Initializer {
  return typeof initializer === 'function' ? initializer(shape) : (initializer ?? normal());
}

/** The norm of a block: the given one, none, or the default. */
export function normOf(options: ConvolutionBlockOptions): LayerFactory | null {
  const { norm, gammaInitializer } = options;
  if (norm !== undefined) return norm;
  return (args) =>
    new InstanceNormalization({ gammaInitializer: initializerFor(gammaInitializer, []) as never, ...args });
}

/** Applies a layer or the layer of a factory; null applies nothing. */
export function applyOptional(
  layer: layers.Layer | LayerFactory | null,
  x: SymbolicTensor,
  name: string | undefined,
): SymbolicTensor {
  if (layer === null) return x;
  return connect(typeof layer === 'function' ? layer(named(name)) : layer, x);
}

/** [height, width] of a pair. */
export const heightAndWidth = (pair: Pair): [number, number] =>
  typeof pair === 'number' ? [pair, pair] : [pair[0], pair[1]];

/**
 * A convolution. A number as `padding` is PyTorch's: so many zeros on every side. TensorFlow's `same` differs for strides of 2
 * and an even size: it adds no zero before and one after.
 */
export function convolution(
  x: SymbolicTensor,
  filters: number,
  options: {
    kernelSize: Pair;
    strides?: Pair;
    padding: 'same' | 'valid' | number;
    useBias: boolean;
    kernelInitializer: KernelInitializer | undefined;
    name: string | undefined;
  },
): SymbolicTensor {
  const { padding, useBias, name } = options;
  const kernelSize = heightAndWidth(options.kernelSize);
  if (typeof padding === 'number' && padding > 0) {
    const border: [number, number] = [padding, padding];
    x = connect(layers.zeroPadding2d({ padding: [border, border], ...named(within(name, 'padding')) }), x);
  }
  const layer = layers.conv2d({
    filters,
    kernelSize,
    strides: heightAndWidth(options.strides ?? 1),
    padding: typeof padding === 'number' ? 'valid' : padding,
    useBias,
    kernelInitializer: initializerFor(options.kernelInitializer, [...kernelSize, x.shape.at(-1)!, filters]),
    ...named(name),
  });
  return connect(layer, x);
}
