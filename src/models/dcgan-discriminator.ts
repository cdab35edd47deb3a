/**
 * The discriminator of DCGAN (Radford et al. 2015, arXiv:1511.06434): strided convolutions and one logit. Heads that estimate
 * classes (ACGAN) or codes (InfoGAN) read the features before the logit.
 */
import { input, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { applyOptional, convolution } from '../blocks/block.js';
import { flag, oneOf, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { LeakyReLU } from '../layers/leaky-relu.js';
import {
  type FixedShape,
  ganNetworkEntries,
  type GANNetworkOptions,
  imageShapeEntry,
  type Layering,
  layeringOf,
  levelsOf,
  widthAt,
} from './gan-network-options.js';
import { type Build, buildNetwork, type Norm } from './options.js';

/** Options of {@link dcganDiscriminator}. */
export interface DCGANDiscriminatorOptions extends GANNetworkOptions {
  /**
   * The height, width and channels of the images. Height and width must be multiples of 2^levels.
   * @default [28, 28, 1]
   */
  inputShape?: FixedShape;
  /**
   * The count of classes of a label, which adds one channel per class to the image; 0 for no label.
   * @default 0
   */
  classes?: number;
  /**
   * @default 'batch'
   */
  norm?: Norm;
  /**
   * Whether the logit has a bias. Losses that only compare logits, such as that of a Wasserstein GAN, do not depend on it.
   * @default true
   */
  lastBias?: boolean;
}

const entries = {
  ...ganNetworkEntries,
  inputShape: imageShapeEntry,
  classes: withDefault(wholeNumber(0), 0),
  norm: withDefault(oneOf('instance', 'batch', 'none'), 'batch'),
  lastBias: withDefault(flag(), true),
};

/**
 * Builds a discriminator of small images.
 *
 * Input [B, H, W, C + classes], output [B, 1], without a sigmoid. Layers are named as in PyTorch's `nn.Sequential`. Heads read
 * the output of the second to last layer, which flattens the features.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { dcganDiscriminator } from 'ts-cyclegan';
 * const discriminator = dcganDiscriminator({ inputShape: [28, 28, 1], classes: 10, filters: 8, seed: 1 });
 * console.log(discriminator.inputs[0].shape, discriminator.outputs[0].shape); // [null, 28, 28, 11] [null, 1]
 * ```
 */
export function dcganDiscriminator(options: DCGANDiscriminatorOptions = {}): LayersModel {
  return prepareDCGANDiscriminator('dcganDiscriminator', 'inputShape', options).build();
}

/** A checked discriminator, and the layer that a head reads. */
export interface PreparedDiscriminator {
  build: Build;
  /** The name of the layer. */
  inner: string;
  /** The length of its output. */
  features: number;
}

/** Checks the options without allocating, and returns the function that builds. */
export function prepareDCGANDiscriminator(
  where: string,
  option: string,
  options: DCGANDiscriminatorOptions,
): PreparedDiscriminator {
  const resolved = resolveOptions(where, entries, options);
  const { inputShape, classes, filters, norm, lastBias } = resolved;
  const { levels, smallest } = levelsOf(where, option, inputShape, resolved.levels);
  const [height, width, channels] = inputShape;
  const build = () =>
    buildNetwork([height, width, channels + classes], resolved.name ?? 'dcgan_discriminator', (x) => {
      const layering = layeringOf(x, resolved);
      shrink(layering, filters, levels);
      layering.sequence.flatten();
      layering.sequence.linear(1, lastBias);
      return layering.sequence.x;
    });
  const perLevel = norm === 'none' ? 2 : 3;
  const features = smallest[0] * smallest[1] * widthAt(filters, levels - 1);
  return { build, inner: `main.${2 + (levels - 1) * perLevel}`, features };
}

/** Convolutions that halve the image, with leaky ReLUs, and norms after all but the first. */
export function shrink(
  { sequence, normLayer, kernelInitializer, useBias }: Layering,
  filters: number,
  levels: number,
): void {
  const shared = { kernelSize: 4, strides: 2, padding: 'same', kernelInitializer } as const;
  for (let level = 0; level < levels; level++) {
    const isNormalized = level > 0 && normLayer !== null;
    const own = { useBias: useBias || !isNormalized };
    sequence.add((x, name) => convolution(x, widthAt(filters, level), { ...shared, ...own, name }));
    if (isNormalized) sequence.add((x, name) => applyOptional(normLayer, x, name));
    sequence.layer((args) => new LeakyReLU({ alpha: 0.2, ...args }));
  }
}

/** Options of {@link discriminatorHead}. */
export interface DiscriminatorHeadOptions extends Omit<GANNetworkOptions, 'filters' | 'levels'> {
  /** The length of the features that the head reads. */
  features: number;
  /** The length of the output: one logit per class, plus the estimates of continuous codes. */
  outputs: number;
  /**
   * The units of a hidden layer with a leaky ReLU; 0 for no hidden layer.
   * @default 0
   */
  hidden?: number;
}

const { filters: _, levels: __, ...headShared } = ganNetworkEntries;
const headEntries = {
  ...headShared,
  features: wholeNumber(1),
  outputs: wholeNumber(1),
  hidden: withDefault(wholeNumber(0), 0),
};

/**
 * Builds a head that reads the features of a discriminator. The classes of ACGAN need one linear layer, the codes of InfoGAN
 * also a hidden layer.
 *
 * Input [B, features], output [B, outputs].
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function discriminatorHead(options: DiscriminatorHeadOptions): LayersModel {
  return prepareHead('discriminatorHead', options)();
}

/** Checks the options without allocating, and returns the function that builds. */
export function prepareHead(where: string, options: DiscriminatorHeadOptions): Build {
  const resolved = resolveOptions(where, headEntries, options);
  const { features, outputs, hidden } = resolved;
  return () => {
    const inputs = input({ shape: [features], name: 'input' });
    const { sequence } = layeringOf(inputs, { ...resolved, norm: 'none' });
    if (hidden > 0) {
      sequence.linear(hidden);
      sequence.layer((args) => new LeakyReLU({ alpha: 0.2, ...args }));
    }
    sequence.linear(outputs);
    return model({ inputs, outputs: sequence.x, name: resolved.name ?? 'head' });
  };
}
