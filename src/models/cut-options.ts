/** The options of `CUT`, and its three networks. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Convention, conventionEntry } from '../core/convention.js';
import { flag, oneOf, optional, withDefault } from '../core/options.js';
import { Random } from '../core/random.js';
import { featureHead, nceUnits } from './feature-head.js';
import { type FeatureLayer, featureLayers } from './feature-layers.js';
import {
  imageToImageEntries,
  type ImageToImageOptions,
  prepareDiscriminator,
  prepareGenerator,
  resolveImageToImage,
  type ResolvedImageToImageOptions,
} from './image-to-image-options.js';
import type { InitializerKind } from './initializers.js';

/** The three networks of CUT. PyTorch: netG, netD, netF. */
export interface CUTNetworks {
  /** Translates images of A to images of B. */
  generator: LayersModel;
  /** Judges images of B. */
  discriminator: LayersModel;
  /** Turns features of the generator into the vectors that are compared: one input and one output for each of its layers. */
  head: LayersModel;
}

/** The names of {@link CUTNetworks}. */
export const cutNames = ['generator', 'discriminator', 'head'] as const;

/**
 * Options of the networks that `CUT` builds. The defaults are those of CUT's PyTorch program. The generator is a ResNet that keeps
 * the channels of its input, because its own layers compare inputs with outputs.
 */
export interface CUTOptions extends Omit<ImageToImageOptions, 'outputChannels' | 'levels'> {
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
  /**
   * The kind of generator.
   * @default 'resnet'
   */
  generator?: 'resnet';
  /**
   * @default 'xavier'
   */
  initializer?: InitializerKind;
  /**
   * @default true
   */
  antialias?: boolean;
  /**
   * The layers of the generator whose outputs are compared, in its order: names, or indices in PyTorch's `nn.Sequential`. As in
   * PyTorch, the output of a layer before a ReLU is taken after that ReLU, but for the last of these layers. PyTorch:
   * `nce_layers`.
   * @default the padded image, the convolutions that halve it, the first and the fifth (or last) residual block
   */
  nceLayers?: readonly FeatureLayer[];
  /**
   * The units of the linear layers of the feature head. PyTorch: `netF_nc`.
   * @default 256
   */
  nceUnits?: number;
}

/** All options that apply, with their defaults filled in, as in a saved model. `new CUT` accepts them. */
export type ResolvedCUTOptions = Readonly<
  Omit<ResolvedImageToImageOptions, 'outputChannels' | 'levels'> & {
    nceLayers: readonly FeatureLayer[];
    nceUnits: number;
  }
>;

const { outputChannels: _, levels: __, ...shared } = imageToImageEntries;

/** Schemas of {@link CUTOptions}. */
export const cutEntries = {
  ...shared,
  convention: conventionEntry('pytorch'),
  generator: withDefault(oneOf('resnet'), 'resnet'),
  initializer: withDefault(oneOf('normal', 'xavier', 'kaiming', 'orthogonal'), 'xavier'),
  antialias: withDefault(flag(), true),
  nceLayers: optional(featureLayers),
  nceUnits,
};

/** Checks options and fills in the defaults. */
export function resolveCUTOptions(options: CUTOptions): ResolvedCUTOptions {
  const { outputChannels: _, ...resolved } = resolveImageToImage('CUT', cutEntries, options);
  const own = resolved as typeof resolved & { nceLayers?: readonly FeatureLayer[]; nceUnits: number };
  return Object.freeze({ ...own, nceLayers: own.nceLayers ?? defaultLayers(own) });
}

type Structure = Pick<CUTOptions, 'antialias' | 'downsamplingBlocks' | 'residualBlocks'>;

/** CUT's layers 0, 4, 8, 12 and 16 of nine residual blocks with antialiasing, and the same layers of other generators. */
function defaultLayers({ antialias, downsamplingBlocks, residualBlocks }: Structure): number[] {
  const [first, each] = [4, antialias === true ? 4 : 3];
  const halving = Array.from({ length: downsamplingBlocks! }, (_, i) => first + i * each);
  const blocks = new Set([0, Math.min(4, residualBlocks! - 1)].filter((i) => i >= 0 && i < residualBlocks!));
  return [0, ...halving, ...[...blocks].map((i) => first + downsamplingBlocks! * each + i)];
}

/** A function for each network that builds it. The head is built for the generator. */
export interface CUTBuilds {
  generator: () => LayersModel;
  discriminator: () => LayersModel;
  head: (generator: LayersModel) => LayersModel;
}

/** Checks the options, and returns the functions that build the networks. */
export function prepareCUT(options: ResolvedCUTOptions): CUTBuilds {
  const seeds = new Random(options.seed);
  const { inputShape, nceLayers, nceUnits, initializer, initializerGain } = options;
  const outputChannels = inputShape[2];
  const all = { ...options, outputChannels };
  const own = { inputShape, outputChannels };
  const generator = prepareGenerator('CUT', all, { ...own, name: 'generator', seed: seeds.seed() });
  const discriminator = prepareDiscriminator('CUT', all, {
    inputShape,
    name: 'discriminator',
    seed: seeds.seed(),
  });
  const seed = seeds.seed();
  const head = (built: LayersModel) =>
    featureHead(built, {
      nceLayers,
      nceUnits,
      ...(initializer !== undefined && { initializer }),
      initializerGain,
      seed,
      name: 'head',
    });
  return { generator, discriminator, head };
}
