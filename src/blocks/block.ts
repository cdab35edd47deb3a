/**
 * What the blocks share: names that follow PyTorch's, initializers per kernel, and layers that may be
 * given as an instance or as a factory.
 */
import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { flag, optional, satisfying, text, wholeNumber, withDefault } from '../core/options.js';
import { InstanceNormalization } from '../layers/instance-normalization.js';
import { connect } from '../layers/layer.js';

/** Makes a layer of a given name, or of any name: `tf.layers.reLU` is one. */
export type LayerFactory = (args: { name?: string }) => layers.Layer;

/** An initializer of tfjs (an object, or its name). */
export type Initializer =
  | ReturnType<typeof initializers.zeros>
  | NonNullable<Parameters<typeof layers.conv2d>[0]['kernelInitializer']>;

/**
 * An initializer, or a function that gives one for each kernel of a block, from its shape [height, width,
 * inputs, outputs] (transposed convolutions: [height, width, outputs, inputs]). With a seeded initializer
 * use the function, and another seed for each call: the same seed draws the same numbers.
 */
export type KernelInitializer = Initializer | ((shape: number[]) => Initializer);

/** Kernel sizes and strides: one number, or [height, width]. */
export type Pair = number | readonly [height: number, width: number];

/** The options that all blocks of a convolution, a normalisation and an activation have. */
export interface ConvolutionBlockOptions {
  /**
   * What comes after the normalisation: a layer, or a function that makes one; null for nothing.
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
   * Makes the normalisation; null for none.
   * @default instance normalisation as in K, with `gammaInitializer`
   */
  norm?: LayerFactory | null;
  /**
   * γ of the default normalisation; as with kernels, a function gives one for each.
   * @default normal, mean 0, standard deviation 0.02, as in K
   */
  gammaInitializer?: Initializer | (() => Initializer);
  /**
   * Whether the convolutions have a bias.
   * @default false
   */
  useBias?: boolean;
  /**
   * Name of the first layer. One that ends in a number counts on, as in PyTorch's `nn.Sequential`:
   * `model.4` names convolution, normalisation and activation `model.4`, `model.5`, `model.6`.
   * @default names that tfjs makes up
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

/** Schemas of the options of blocks that change the size. */
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

/** `name` as an argument: tfjs wants it absent, not undefined. */
export const named = (name: string | undefined): { name?: string } => (name === undefined ? {} : { name });

/** `${name}.${part}`, where there is a name. */
export const within = (name: string | undefined, part: string | number) => name && `${name}.${part}`;

/** The name `by` places after `name`: model.4, 2 → model.6; a name without a number gets one. */
export function following(name: string | undefined, by: number): string | undefined {
  if (name === undefined || by === 0) return name;
  const [, stem, number] = /^(.*?)(\d+)$/.exec(name) ?? [undefined, `${name}.`, '0'];
  return `${stem}${Number(number) + by}`;
}

const normal = () => initializers.randomNormal({ mean: 0, stddev: 0.02 });

/** The initializer for one kernel. */
export function initializerFor(initializer: KernelInitializer | undefined, shape: number[]): Initializer {
  return typeof initializer === 'function' ? initializer(shape) : (initializer ?? normal());
}

/** The normalisation of a block: the one given, none, or K's. */
export function normOf(options: ConvolutionBlockOptions): LayerFactory | null {
  const { norm, gammaInitializer } = options;
  if (norm !== undefined) return norm;
  return (args) =>
    new InstanceNormalization({ gammaInitializer: initializerFor(gammaInitializer, []) as never, ...args });
}

/** Applies a layer that may be given as an instance, as a factory, or not at all. */
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
 * A convolution; `padding` as a number is PyTorch's: that many zeros on every side, where TensorFlow's
 * `same` puts none before and one behind when it halves an even size.
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
