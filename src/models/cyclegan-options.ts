/** The options of `CycleGAN`, and its four networks. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.js';
import {
  imageToImageEntries,
  type ImageToImageOptions,
  prepareDiscriminator,
  prepareGenerator,
  resolveImageToImage,
  type ResolvedImageToImageOptions,
} from './image-to-image-options.js';
import type { Build, ImageShape } from './options.js';

/** The four networks of a CycleGAN, under the names of the Keras example. */
export interface CycleGANNetworks {
  /** Translates A → B (X → Y in the paper). PyTorch: G_A. */
  generatorG: LayersModel;
  /** Translates B → A. PyTorch: G_B. */
  generatorF: LayersModel;
  /** Judges images of A. PyTorch: D_B. */
  discriminatorX: LayersModel;
  /** Judges images of B. PyTorch: D_A. */
  discriminatorY: LayersModel;
}

/** The names of {@link CycleGANNetworks}. */
export const networkNames = ['generatorG', 'generatorF', 'discriminatorX', 'discriminatorY'] as const;

/** Options of the networks that `CycleGAN` builds. `inputShape` belongs to images of A, `outputChannels` to images of B. */
export interface CycleGANOptions extends ImageToImageOptions {
  /**
   * @default 'resnet'
   */
  generator?: 'resnet' | 'unet';
}

/**
 * All options that apply, with their defaults filled in, as in a saved model. `new CycleGAN` accepts them.
 */
export type ResolvedCycleGANOptions = ResolvedImageToImageOptions;

/** Checks options and fills in the defaults. */
export const resolveCycleGANOptions = (options: CycleGANOptions): ResolvedCycleGANOptions =>
  resolveImageToImage('CycleGAN', imageToImageEntries, options);

/** Checks the options, and returns the functions that build the four networks. */
export function prepareNetworks(options: ResolvedCycleGANOptions): Record<keyof CycleGANNetworks, Build> {
  const seeds = new Random(options.seed);
  const { inputShape: shapeA, outputChannels } = options;
  const shapeB = [shapeA[0], shapeA[1], outputChannels] as const;
  const generator = (name: string, inputShape: ImageShape, to: ImageShape) =>
    prepareGenerator('CycleGAN', options, { name, seed: seeds.seed(), inputShape, outputChannels: to[2] });
  const discriminator = (name: string, inputShape: ImageShape) =>
    prepareDiscriminator('CycleGAN', options, { name, seed: seeds.seed(), inputShape });
  return {
    generatorG: generator('generator_G', shapeA, shapeB),
    generatorF: generator('generator_F', shapeB, shapeA),
    discriminatorX: discriminator('discriminator_X', shapeA),
    discriminatorY: discriminator('discriminator_Y', shapeB),
  };
}
