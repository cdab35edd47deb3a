/** The options of models that translate images, each with one kind of generator and one kind of discriminator. */
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
import { anySeed } from '../core/random.js';
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
  upsamplingOf,
} from './resnet-generator.js';
import { prepareUnetGenerator, unetEntries, type UnetGeneratorOptions } from './unet-generator.js';

/** Options of the networks that `CycleGAN` and `Pix2Pix` build. */
export interface ImageToImageOptions
  extends
    Omit<NetworkOptions, 'name'>,
    Pick<
      ResnetGeneratorOptions,
      'downsamplingBlocks' | 'residualBlocks' | 'dropout' | 'border' | 'separable' | 'upsampling'
    >,
    Pick<UnetGeneratorOptions, 'levels'> {
  /**
   * The channels of the translated images.
   * @default the channels of `inputShape`
   */
  outputChannels?: number;
  /**
   * Whether both networks blur images before they halve them, against aliasing. The discriminator `pixel` halves none. PyTorch
   * (CUT): `no_antialias`.
   * @default false
   */
  antialias?: boolean;
  /** The kind of generator. */
  generator?: 'resnet' | 'unet';
  /**
   * The kind of discriminator: `patch` is the PatchGAN, `pixel` judges each pixel separately.
   * @default 'patch'
   */
  discriminator?: 'patch' | 'pixel';
  /**
   * The filters of the first convolution of a discriminator. PyTorch: `ndf`.
   * @default `filters`
   */
  discriminatorFilters?: number;
  /**
   * The number of times that the PatchGAN halves the image. PyTorch: `n_layers_D`.
   * @default 3, which gives patches of 70×70 pixels
   */
  discriminatorLayers?: number;
}

const { name: _, ...ownEntries } = networkEntries;

/** Schemas of {@link ImageToImageOptions}, with the defaults of `CycleGAN`. */
export const imageToImageEntries = {
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

/** Options that apply to one kind of network only. */
const belongsTo = {
  downsamplingBlocks: ['generator', 'resnet'],
  residualBlocks: ['generator', 'resnet'],
  border: ['generator', 'resnet'],
  separable: ['generator', 'resnet'],
  upsampling: ['generator', 'resnet'],
  antialias: ['generator', 'resnet'],
  levels: ['generator', 'unet'],
  discriminatorLayers: ['discriminator', 'patch'],
} as const;
type Particular = keyof typeof belongsTo;

/** All options that apply, with their defaults filled in, as in a saved model. */
export type ResolvedImageToImageOptions = Readonly<
  ImageToImageOptions &
    Required<
      Omit<
        ImageToImageOptions,
        | 'downsamplingBlocks'
        | 'residualBlocks'
        | 'border'
        | 'separable'
        | 'upsampling'
        | 'antialias'
        | 'levels'
        | 'discriminatorLayers'
        | 'initializer'
      >
    >
>;

/** Checks options and fills in the defaults. */
export function resolveImageToImage(
  where: string,
  entries: Entries,
  options: ImageToImageOptions,
): ResolvedImageToImageOptions {
  const all = resolveOptions<Entries>(where, entries, options) as Resolved<typeof imageToImageEntries>;
  const foreign = (Object.keys(belongsTo) as Particular[]).filter((option) => {
    const [kind, value] = belongsTo[option];
    return all[kind] !== value;
  });
  for (const option of foreign) {
    const [kind, value] = belongsTo[option];
    if ((options as ImageToImageOptions | null)?.[option] !== undefined) {
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
    ...(applying as ResolvedImageToImageOptions),
    ...(all.generator === 'resnet' && { upsampling: upsamplingOf(all) }),
    seed: all.seed ?? anySeed(),
    outputChannels: all.outputChannels ?? all.inputShape[2],
    discriminatorFilters: all.discriminatorFilters ?? all.filters,
  });
}

/** Saved options under their current names: `border` was called `padding` in models of version 1. */
export function withBorder(saved: object): object {
  const { padding, ...options } = saved as { padding?: unknown };
  return padding === undefined ? saved : { ...options, border: padding };
}

/** The options that determine the image sizes that a generator accepts. */
export type GeneratorSizes = Pick<
  ResolvedImageToImageOptions,
  'generator' | 'downsamplingBlocks' | 'levels' | 'border' | 'norm'
>;

/** Refuses images of a size that the generators do not accept. */
export function checkSize(where: string, shape: ImageShape, options: GeneratorSizes): void {
  checkMultiple(where, shape, sizeMultiple(options));
  checkSmallest(where, shape, smallestImage(options));
}

const halvingsOf = (options: GeneratorSizes): number => options.downsamplingBlocks ?? options.levels!;

/** The value that heights and widths must be a multiple of. */
export const sizeMultiple = (options: GeneratorSizes): number => 2 ** halvingsOf(options);

/** The smallest height and width that the generators accept. */
export function smallestImage(options: GeneratorSizes): number {
  const halvings = halvingsOf(options);
  return options.generator === 'resnet' ? smallestSize(halvings, halvings, options) : 2 ** halvings;
}

/** The options that all networks of one model share. */
const shared = ({ convention, norm, initializer, initializerGain }: ResolvedImageToImageOptions) => ({
  convention,
  norm,
  ...(initializer === undefined ? {} : { initializer }),
  initializerGain,
});

/** Checks a generator and returns the function that builds it. */
export function prepareGenerator(
  where: string,
  options: ResolvedImageToImageOptions,
  own: { name: string; seed: number; inputShape: ImageShape; outputChannels: number },
): Build {
  const particular = Object.fromEntries(
    (Object.keys(belongsTo) as Particular[])
      .filter((option) => belongsTo[option][0] === 'generator' && option in options)
      .map((option) => [option, options[option]]),
  );
  const { filters, dropout } = options;
  const prepare = options.generator === 'unet' ? prepareUnetGenerator : prepareResnetGenerator;
  return prepare(where, { ...shared(options), ...own, filters, dropout, ...particular });
}

/** Checks a discriminator and returns the function that builds it. */
export function prepareDiscriminator(
  where: string,
  options: ResolvedImageToImageOptions,
  own: { name: string; seed: number; inputShape: ImageShape },
): Build {
  const all = { ...shared(options), ...own, filters: options.discriminatorFilters };
  if (options.discriminator === 'pixel') return preparePixelDiscriminator(where, all);
  return preparePatchDiscriminator(where, {
    ...all,
    layers: options.discriminatorLayers!,
    antialias: options.antialias ?? false,
  });
}
