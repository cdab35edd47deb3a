/** Checks the images of a step. */
import * as tf from '@tensorflow/tfjs-core';
import { checkJudged, checkPictures } from '../../../models/check-pictures.js';
import { checkHostValues } from '../../../core/check-values.js';
import type { CycleGAN } from '../../../models/cyclegan.js';

/** Images of A and of B. */
export interface StepImages<T = tf.Tensor3D | tf.Tensor4D> {
  a: T;
  b: T;
}

/**
 * Checks images before anything is computed.
 *
 * @returns the names of the images whose values are not in main memory, which are not checked
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`
 */
export function checkStepImages(where: string, model: CycleGAN, images: StepImages): (keyof StepImages)[] {
  const { generatorG, generatorF, discriminatorX, discriminatorY, options } = model;
  const { a, b } = images;
  checkPictures(where, 'a', a, generatorG, options);
  checkPictures(where, 'b', b, generatorF, options);
  for (const discriminator of [discriminatorX, discriminatorY]) {
    checkJudged(where, 'a', a, discriminator);
    checkJudged(where, 'b', b, discriminator);
  }
  return (['a', 'b'] as const).filter((name) => !checkHostValues(where, name, images[name]));
}

/** Copies as batches, which stay valid when the caller disposes the images. */
export function heldBatches({ a, b }: StepImages): StepImages<tf.Tensor4D> {
  const batch = (t: tf.Tensor) => tf.keep(t.rank === 3 ? tf.expandDims(t, 0) : tf.clone(t)) as tf.Tensor4D;
  return { a: batch(a), b: batch(b) };
}
