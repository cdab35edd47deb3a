/**
 * Differentiable augmentation: Zhao, Liu, Lin, Zhu, Han, "Differentiable Augmentation for Data-Efficient GAN Training" (2020),
 * https://arxiv.org/abs/2006.10738. The values are those of the authors' program (mit-han-lab/data-efficient-gans,
 * `DiffAugment_pytorch.py`) for the same draws.
 */
import * as tf from '@tensorflow/tfjs-core';
import { color } from './color.js';
import { cutout } from './cutout.js';
import type { Policy } from './policy.js';
import { translation } from './translation.js';

/**
 * A random change of the images that a discriminator sees.
 * - `color`: brightness, saturation and contrast
 * - `translation`: moved by up to an eighth of height and width, with 0 where nothing is left
 * - `cutout`: a rectangle of half of the height and the width is 0
 */
export type AugmentPolicy = 'color' | 'translation' | 'cutout';

const policies: Readonly<Record<AugmentPolicy, Policy>> = { color, translation, cutout };

/** The names of all policies, in the order of the paper. */
export const augmentPolicies = ['color', 'translation', 'cutout'] as const satisfies readonly AugmentPolicy[];

/** How many random values an image needs. */
export const drawsOfImage = (names: readonly AugmentPolicy[]): number =>
  names.reduce((sum, name) => sum + policies[name].draws, 0);

/**
 * Applies policies in turn, to each image with random values of its own.
 *
 * @param x images [B, H, W, C] in [−1, 1]
 * @param draws values from [0, 1), [B, {@link drawsOfImage}]
 * @returns [B, H, W, C]; the caller disposes it
 */
export function augment(x: tf.Tensor4D, names: readonly AugmentPolicy[], draws: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [batch, count] = draws.shape;
    const columns = tf.split<tf.Tensor4D>(tf.reshape(draws, [batch, count, 1, 1]), count, 1);
    return names.reduce((image, name) => {
      const policy = policies[name];
      return policy.apply(image, columns.splice(0, policy.draws));
    }, x);
  });
}
