/** The options of `CycleGAN`, and the four networks that they describe. */
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

/**
 * The four networks, under K's names: G makes A's images into B's (X → Y in the paper), F the other
 * way; discriminator X judges A's images, Y judges B's. P: G_A, G_B, D_B, D_A.
 */
export interface CycleGANNetworks {
  generatorG: LayersModel;
  generatorF: LayersModel;
  discriminatorX: LayersModel;
  discriminatorY: LayersModel;
}

/** The names of {@link CycleGANNetworks}. */
export const networkNames = ['generatorG', 'generatorF', 'discriminatorX', 'discriminatorY'] as const;

/** Options of the networks that `CycleGAN` builds. `inputShape` is that of A's images, `outputChannels` counts those of B's. */
export interface CycleGANOptions extends ImageToImageOptions {
  /**
   * @default 'resnet'
   */
  generator?: 'resnet' | 'unet';
}

/**
 * All options that apply, none left out: what a saved model holds. `new CycleGAN` takes them again.
 */
export type ResolvedCycleGANOptions = ResolvedImageToImageOptions;

/** Checks options and fills in the defaults. */
export const resolveCycleGANOptions = (options: CycleGANOptions): ResolvedCycleGANOptions =>
  resolveImageToImage('CycleGAN', imageToImageEntries, options);

/** The functions that build the four networks. Everything is checked before any of them is called. */
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
