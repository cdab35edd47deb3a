/** Checks whether a model can train on the images of a step. */
import type * as tf from '@tensorflow/tfjs-core';
import { checkJudged, checkImages } from '../../../models/check-images.js';
import { checkHostValues } from '../../../core/check-values.js';
import type { CycleGAN } from '../../../models/cyclegan.js';

/** A's and B's images. */
export interface StepImages<T = tf.Tensor3D | tf.Tensor4D> {
  a: T;
  b: T;
}

/**
 * Checks images before anything is computed.
 *
 * @returns the names of tensors whose values are not available yet, and were not checked
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`
 */
export function checkStepImages(where: string, model: CycleGAN, images: StepImages): (keyof StepImages)[] {
  const { generatorG, generatorF, discriminatorX, discriminatorY, options } = model;
  const { a, b } = images;
  checkImages(where, 'a', a, generatorG, options);
  checkImages(where, 'b', b, generatorF, options);
  for (const discriminator of [discriminatorX, discriminatorY]) {
    checkJudged(where, 'a', a, discriminator);
    checkJudged(where, 'b', b, discriminator);
  }
  return (['a', 'b'] as const).filter((name) => !checkHostValues(where, name, images[name]));
}
