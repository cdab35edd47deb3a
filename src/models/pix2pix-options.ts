/** The options of `Pix2Pix`, and the two networks that they describe. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Convention } from '../core/convention.js';
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
import type { Build, Normalization } from './options.js';

/** The two networks of pix2pix. PyTorch: netG, netD. */
export interface Pix2PixNetworks {
  /** Input image to output image. */
  generator: LayersModel;
  /** Judges an input and an output image, joined along the channels in this order. */
  discriminator: LayersModel;
}

/** The names of {@link Pix2PixNetworks}. */
export const pix2pixNames = ['generator', 'discriminator'] as const;

/**
 * Options of the networks that `Pix2Pix` builds. The defaults are those of PyTorch's pix2pix: `unet_256` with dropout and
 * batch norm. Smaller images need fewer `levels`: 7 for 128 × 128.
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
  norm?: Normalization;
  /**
   * Dropout of one half in the generator: the noise of pix2pix.
   * @default true
   */
  dropout?: boolean;
}

/** All options that apply, none left out: what a saved model holds. `new Pix2Pix` takes them again. */
export type ResolvedPix2PixOptions = ResolvedImageToImageOptions;

const entries = {
  ...imageToImageEntries,
  convention: withDefault(oneOf('keras', 'pytorch'), 'pytorch'),
  generator: withDefault(oneOf('resnet', 'unet'), 'unet'),
  norm: withDefault(oneOf('instance', 'batch', 'none'), 'batch'),
  dropout: withDefault(flag(), true),
};

/** Checks options and fills in the defaults. */
export const resolvePix2PixOptions = (options: Pix2PixOptions): ResolvedPix2PixOptions =>
  resolveImageToImage('Pix2Pix', entries, options);

/** The functions that build both networks. Everything is checked before any of them is called. */
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
