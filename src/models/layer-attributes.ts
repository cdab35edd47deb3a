/** Checks the attributes of tfjs layers in saved networks. This library's own layers check theirs themselves. */
import { show } from '../core/options.js';

type Check = [phrase: string, test: (value: unknown) => boolean];

const isWhole = (from: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= from;
const oneOrMore = (test: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) ? value.length > 0 && value.every(test) : test(value);

const size: Check = ['a whole number from 1', isWhole(1)];
const sizes: Check = ['whole numbers from 1', oneOrMore(isWhole(1))];
const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
const scalar: Check = ['a finite number', Number.isFinite];
const text: Check = ['a text', (value) => typeof value === 'string'];
const border: Check = [
  '"same", "valid" or whole numbers from 0',
  (value) => value === 'same' || value === 'valid' || oneOrMore(oneOrMore(isWhole(0)))(value),
];

const shape: Check = [
  'a shape: an array of whole numbers from 1, with null for unknown sizes',
  (value) => Array.isArray(value) && value.every((size) => size === null || isWhole(1)(size)),
];

/** Attributes of all layers. */
const common: Record<string, Check> = { trainable: flag, dtype: text, batch_input_shape: shape };

/** Attributes of the known classes below. */
const attributes: Record<string, Check> = {
  filters: size,
  units: size,
  depth_multiplier: size,
  kernel_size: sizes,
  strides: sizes,
  dilation_rate: sizes,
  pool_size: sizes,
  size: sizes,
  use_bias: flag,
  center: flag,
  scale: flag,
  epsilon: scalar,
  momentum: scalar,
  alpha: scalar,
  negative_slope: scalar,
  max_value: scalar,
  threshold: scalar,
  rate: scalar,
  padding: border,
  cropping: border,
  data_format: text,
};

const known = new Set([
  'Conv2D', 'Conv2DTranspose', 'SeparableConv2D', 'DepthwiseConv2D', 'Dense', 'BatchNormalization', 'LayerNormalization',
  'LeakyReLU', 'ReLU', 'Activation', 'UpSampling2D', 'ZeroPadding2D', 'Cropping2D', 'Dropout', 'MaxPooling2D',
  'AveragePooling2D', 'InputLayer',
]); // prettier-ignore

/** Describes the first invalid attribute of a layer, if any. */
export function attributeFault(className: string, config: Record<string, unknown>): string | undefined {
  const checks = known.has(className) ? { ...common, ...attributes } : common;
  for (const [name, [phrase, test]] of Object.entries(checks)) {
    const value = config[name];
    if (value !== undefined && value !== null && !test(value))
      return `${name} must be ${phrase}, got ${show(value)}`;
  }
  return undefined;
}
