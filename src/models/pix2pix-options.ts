/** The options of `Pix2Pix`, and its two networks. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Convention, conventionEntry } from '../core/convention.js';
import { flag, oneOf, withDefault } from '../core/options.js';
import { Random } from '../core/random.js';
import {
  imageToImageEntries,
  type ImageToImageOptions,
  prepareDiscriminator,
  prepareGenerator,
  resolveImageToImage,
  type ResolvedImageToImageOptions,
} from './image-to-image-options.js';
import type { Build, Norm } from './options.js';

/** The two networks of pix2pix. PyTorch: netG, netD. */
export interface Pix2PixNetworks {
  /** Translates an input image to an output image. */
  generator: LayersModel;
  /** Judges an input and an output image, concatenated along the channels in this order. */
  discriminator: LayersModel;
}

/** The names of {@link Pix2PixNetworks}. */
export const pix2pixNames = ['generator', 'discriminator'] as const;

/**
 * Options of the networks that `Pix2Pix` builds. The defaults are those of PyTorch's pix2pix, `unet_256` with dropout and batch
 * norm. Smaller images need fewer `levels`, for example 7 for 128 × 128.
 */
export interface Pix2PixOptions extends ImageToImageOptions {
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
  /**
   * @default 'unet'
   */
  generator?: 'unet' | 'resnet';
  /**
   * @default 'batch'
   */
  norm?: Norm;
  /**
   * Whether the generator drops half of the values in some layers. Dropout is the noise of pix2pix.
   * @default true
   */
  dropout?: boolean;
}

/** All options that apply, with their defaults filled in, as in a saved model. `new Pix2Pix` accepts them. */
export type ResolvedPix2PixOptions = ResolvedImageToImageOptions;

/** Schemas of {@link Pix2PixOptions}. */
export const pix2pixEntries = {
  ...imageToImageEntries,
  convention: conventionEntry('pytorch'),
  generator: withDefault(oneOf('resnet', 'unet'), 'unet'),
  norm: withDefault(oneOf('instance', 'batch', 'none'), 'batch'),
  dropout: withDefault(flag(), true),
};

/** Checks options and fills in the defaults. */
export const resolvePix2PixOptions = (options: Pix2PixOptions): ResolvedPix2PixOptions =>
  resolveImageToImage('Pix2Pix', pix2pixEntries, options);

/** Checks the options, and returns the functions that build both networks. */
export function preparePix2Pix(options: ResolvedPix2PixOptions): Record<keyof Pix2PixNetworks, Build> {
  const seeds = new Random(options.seed);
  const { inputShape, outputChannels } = options;
  const [height, width, channels] = inputShape;
  return {
    generator: prepareGenerator('Pix2Pix', options, {
      name: 'generator',
      seed: seeds.seed(),
      inputShape,
      outputChannels,
    }),
    discriminator: prepareDiscriminator('Pix2Pix', options, {
      name: 'discriminator',
      seed: seeds.seed(),
      inputShape: [height, width, channels + outputChannels],
    }),
  };
}
