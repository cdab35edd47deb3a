/** A CycleGAN and pictures small enough to train for many steps in a test. */
import type * as tf from '@tensorflow/tfjs';
import {
  CUT,
  type CUTOptions,
  CycleGAN,
  type CycleGANOptions,
  Pix2Pix,
  type Pix2PixOptions,
} from 'ts-cyclegan';
import { scattered } from './finite-differences.js';

/** 8 × 8 pixels, 2 filters, one block, a discriminator of single pixels. */
export const tinyModel = (options: CycleGANOptions = {}): CycleGAN =>
  new CycleGAN({
    convention: 'pytorch',
    inputShape: [8, 8, 3],
    filters: 2,
    residualBlocks: 1,
    discriminator: 'pixel',
    initializerGain: 0.2, // at 0.02 so small a network gives almost the same for all pictures
    seed: 7,
    ...options,
  });

/** `count` pictures [8, 8, channels], all different. */
export const tinyPictures = (count: number, seed = 1, channels = 3): tf.Tensor3D[] =>
  Array.from({ length: count }, (_, i) => scattered([8, 8, channels], 100 * seed + i) as tf.Tensor3D);

/** `count` pictures as one batch. */
export const tinyBatch = (count: number, seed = 1, channels = 3): tf.Tensor4D =>
  scattered([count, 8, 8, channels], seed) as tf.Tensor4D;

/** All weights of a network as numbers. */
export async function weightsOf(network: tf.LayersModel): Promise<number[]> {
  const arrays = await Promise.all(network.getWeights().map((weight) => weight.data()));
  return arrays.flatMap((array) => Array.from(array));
}

/** All weights of the four networks. */
export async function allWeights(model: CycleGAN): Promise<number[]> {
  const { generatorG, generatorF, discriminatorX, discriminatorY } = model;
  const lists = await Promise.all([generatorG, generatorF, discriminatorX, discriminatorY].map(weightsOf));
  return lists.flat();
}

/** 8 × 8 pixels, one channel to two, with dropout and batch norm in the generator. */
export const tinyPix2Pix = (options: Pix2PixOptions = {}): Pix2Pix =>
  new Pix2Pix({
    inputShape: [8, 8, 1],
    outputChannels: 2,
    generator: 'resnet',
    filters: 2,
    residualBlocks: 1,
    discriminator: 'pixel',
    initializerGain: 0.2,
    seed: 7,
    ...options,
  });

/** All weights of both networks. */
export async function pix2pixWeights({ generator, discriminator }: Pix2Pix): Promise<number[]> {
  return [...(await weightsOf(generator)), ...(await weightsOf(discriminator))];
}

/** 8 × 8 pixels, 2 filters, one block, antialiasing, a discriminator of single pixels. */
export const tinyCUT = (options: CUTOptions = {}): CUT =>
  new CUT({
    inputShape: [8, 8, 3],
    filters: 2,
    residualBlocks: 1,
    discriminator: 'pixel',
    initializer: 'normal',
    initializerGain: 0.2,
    nceUnits: 3,
    seed: 7,
    ...options,
  });
