/** The options of `CycleGAN`, and the four networks that they describe. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import {
  type Entries,
  flag,
  oneOf,
  optional,
  type Resolved,
  resolveOptions,
  wholeNumber,
  withDefault,
} from '../core/options.js';
import { anySeed, Random } from '../core/random.js';
import {
  type Build,
  checkMultiple,
  checkSmallest,
  type ImageShape,
  networkEntries,
  type NetworkOptions,
} from './options.js';
import { patchLayers, preparePatchDiscriminator } from './patch-discriminator.js';
import { preparePixelDiscriminator } from './pixel-discriminator.js';
import {
  prepareResnetGenerator,
  resnetEntries,
  type ResnetGeneratorOptions,
  smallestSize,
} from './resnet-generator.js';
import { prepareUnetGenerator, unetEntries, type UnetGeneratorOptions } from './unet-generator.js';

/**
 * The four networks, under K's names: G makes A's pictures into B's (X → Y in the paper), F the other
 * way; discriminator X judges A's pictures, Y judges B's. P: G_A, G_B, D_B, D_A.
 */
export interface CycleGANNetworks {
  generatorG: LayersModel;
  generatorF: LayersModel;
  discriminatorX: LayersModel;
  discriminatorY: LayersModel;
}

/** The names of {@link CycleGANNetworks}. */
export const networkNames = ['generatorG', 'generatorF', 'discriminatorX', 'discriminatorY'] as const;

/** Options of the networks that `CycleGAN` builds. `inputShape` is that of A's pictures. */
export interface CycleGANOptions
  extends
    Omit<NetworkOptions, 'name'>,
    Pick<
      ResnetGeneratorOptions,
      'downsamplingBlocks' | 'residualBlocks' | 'dropout' | 'padding' | 'upsampling'
    >,
    Pick<UnetGeneratorOptions, 'levels'> {
  /**
   * Channels of B's pictures.
   * @default those of A's
   */
  outputChannels?: number;
  /**
   * @default 'resnet'
   */
  generator?: 'resnet' | 'unet';
  /**
   * `patch`, the PatchGAN, or `pixel`.
   * @default 'patch'
   */
  discriminator?: 'patch' | 'pixel';
  /**
   * Filters of the discriminators' first convolution; P: `ndf`.
   * @default `filters`
   */
  discriminatorFilters?: number;
  /**
   * How often the PatchGAN halves the picture; P: `n_layers_D`.
   * @default 3: 70×70 patches
   */
  discriminatorLayers?: number;
}

const { name: _, ...ownEntries } = networkEntries;
const entries = {
  ...ownEntries,
  generator: withDefault(oneOf('resnet', 'unet'), 'resnet'),
  discriminator: withDefault(oneOf('patch', 'pixel'), 'patch'),
  outputChannels: optional(wholeNumber(1)),
  discriminatorFilters: optional(wholeNumber(1)),
  discriminatorLayers: patchLayers,
  dropout: withDefault(flag(), false),
  ...resnetEntries,
  ...unetEntries,
};

/** Options that make sense for one kind of network only. */
const belongsTo = {
  downsamplingBlocks: ['generator', 'resnet'],
  residualBlocks: ['generator', 'resnet'],
  padding: ['generator', 'resnet'],
  upsampling: ['generator', 'resnet'],
  levels: ['generator', 'unet'],
  discriminatorLayers: ['discriminator', 'patch'],
} as const;
type Particular = keyof typeof belongsTo;

type All = Resolved<typeof entries>;
/**
 * All options that apply, none left out: what a saved model holds. `new CycleGAN` takes them again.
 */
export type ResolvedCycleGANOptions = Readonly<
  CycleGANOptions &
    Required<
      Omit<
        CycleGANOptions,
        | 'downsamplingBlocks'
        | 'residualBlocks'
        | 'padding'
        | 'upsampling'
        | 'levels'
        | 'discriminatorLayers'
        | 'initializer'
      >
    >
>;

/** Checks options and fills in the defaults. */
export function resolveCycleGANOptions(options: CycleGANOptions): ResolvedCycleGANOptions {
  const where = 'CycleGAN';
  const all = resolveOptions<Entries>(where, entries, options) as All;
  const foreign = (Object.keys(belongsTo) as Particular[]).filter((option) => {
    const [kind, value] = belongsTo[option];
    return all[kind] !== value;
  });
  for (const option of foreign) {
    const [kind, value] = belongsTo[option];
    if ((options as CycleGANOptions | null)?.[option] !== undefined) {
      throw new CycleGANError(
        'INVALID_OPTION',
        `${where}: option "${option}" belongs to ${kind} "${value}", but ${kind} is "${all[kind]}". ` +
          `Leave "${option}" out, or choose ${kind}: "${value}".`,
      );
    }
  }
  const applying = Object.fromEntries(
    Object.entries(all).filter(([name]) => !foreign.includes(name as Particular)),
  );
  return Object.freeze({
    ...(applying as ResolvedCycleGANOptions),
    seed: all.seed ?? anySeed(),
    outputChannels: all.outputChannels ?? all.inputShape[2],
    discriminatorFilters: all.discriminatorFilters ?? all.filters,
  });
}

/** Refuses pictures of a size that the generators cannot take. */
export function checkSize(where: string, shape: ImageShape, options: ResolvedCycleGANOptions): void {
  checkMultiple(where, shape, sizeMultiple(options));
  checkSmallest(where, shape, smallestImage(options));
}

const halvingsOf = (options: ResolvedCycleGANOptions): number =>
  options.downsamplingBlocks ?? options.levels!;

/** Heights and widths must be multiples of this. */
export const sizeMultiple = (options: ResolvedCycleGANOptions): number => 2 ** halvingsOf(options);

/** The smallest height and width that the generators take. */
export function smallestImage(options: ResolvedCycleGANOptions): number {
  const halvings = halvingsOf(options);
  return options.generator === 'resnet' ? smallestSize(halvings, halvings, options) : 2 ** halvings;
}

/** The functions that build the four networks. Everything is checked before any of them is called. */
export function prepareNetworks(options: ResolvedCycleGANOptions): Record<keyof CycleGANNetworks, Build> {
  const { convention, inputShape, outputChannels, norm, initializer, initializerGain, dropout } = options;
  const seeds = new Random(options.seed);
  const shapeA = inputShape;
  const shapeB = [inputShape[0], inputShape[1], outputChannels] as const;
  const shared = () => ({
    convention,
    norm,
    ...(initializer === undefined ? {} : { initializer }),
    initializerGain,
    seed: seeds.seed(),
  });

  const particular = Object.fromEntries(
    (Object.keys(belongsTo) as Particular[])
      .filter((option) => belongsTo[option][0] === 'generator' && option in options)
      .map((option) => [option, options[option]]),
  );
  const generator = (name: string, from: typeof shapeA, to: typeof shapeA): Build => {
    const common = {
      ...shared(),
      name,
      filters: options.filters,
      inputShape: from,
      outputChannels: to[2],
      dropout,
    };
    const prepare = options.generator === 'unet' ? prepareUnetGenerator : prepareResnetGenerator;
    return prepare('CycleGAN', { ...common, ...particular });
  };
  const discriminator = (name: string, shape: typeof shapeA): Build => {
    const common = { ...shared(), name, filters: options.discriminatorFilters, inputShape: shape };
    if (options.discriminator === 'pixel') return preparePixelDiscriminator('CycleGAN', common);
    return preparePatchDiscriminator('CycleGAN', { ...common, layers: options.discriminatorLayers! });
  };
  return {
    generatorG: generator('generator_G', shapeA, shapeB),
    generatorF: generator('generator_F', shapeB, shapeA),
    discriminatorX: discriminator('discriminator_X', shapeA),
    discriminatorY: discriminator('discriminator_Y', shapeB),
  };
}
