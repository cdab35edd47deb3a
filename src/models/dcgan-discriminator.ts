/**
 * The discriminator of DCGAN (Radford et al. 2015, arXiv:1511.06434): strided convolutions and one logit. Heads of classes
 * (ACGAN) and of codes (InfoGAN) read the features before the logit.
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
   * Height, width and channels of the images; both sides multiples of 2^levels.
   * @default [28, 28, 1]
   */
  inputShape?: FixedShape;
  /**
   * Classes of a label that is joined to the image as so many more channels; 0 for none.
   * @default 0
   */
  classes?: number;
  /**
   * @default 'batch'
   */
  norm?: Norm;
  /**
   * Whether the logit has a bias. It changes no loss that only compares logits, as that of a Wasserstein GAN.
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
 * Input [B, H, W, C + classes], output [B, 1], without a sigmoid. Layers are named as in PyTorch's `nn.Sequential`; the last
 * but one is the flatten layer, whose output heads read.
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

/** A checked discriminator, and the layer that heads read. */
export interface PreparedDiscriminator {
  build: Build;
  /** Name of the layer. */
  inner: string;
  /** Length of its output. */
  features: number;
}

/** Checks everything, allocates nothing, and returns the function that builds. */
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

/** Convolutions that halve the image, with leaky ReLUs; no norm behind the first. */
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
  /** Length of the features that the head reads. */
  features: number;
  /** Values that it gives: one logit for each class, and what it tells of continuous codes. */
  outputs: number;
  /**
   * Units of a hidden layer between both, with a leaky ReLU; 0 for none.
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
 * Builds a head that reads features of a discriminator: ACGAN's classes, one linear layer; InfoGAN's codes, with a hidden one.
 *
 * Input [B, features], output [B, outputs].
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function discriminatorHead(options: DiscriminatorHeadOptions): LayersModel {
  return prepareHead('discriminatorHead', options)();
}

/** Checks everything, allocates nothing, and returns the function that builds. */
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
