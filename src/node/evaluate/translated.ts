/** Translates test images with a model of any algorithm, and back if it can. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGAN } from '../../models/cyclegan.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { Translator } from '../../models/translator.js';
import type { TranslatingModel } from '../../translate/translate-image.js';

/** A test image with its translations, [h, w, c] in [−1, 1]. */
export interface Translated {
  input: tf.Tensor3D;
  fake: tf.Tensor3D;
  /** The translation back, of a CycleGAN. */
  cycle?: tf.Tensor3D;
  /** The true translation, of pairs. */
  truth?: tf.Tensor3D;
}

/** The directions in which a model translates. */
export function directionsOf(model: TranslatingModel): Direction[] {
  if (model instanceof CycleGAN) return ['AtoB', 'BtoA'];
  return [model instanceof Translator ? model.direction : 'AtoB'];
}

/** Adds the translations of an image. The caller disposes of all four tensors; if it throws, they are disposed of already. */
export function translated(
  model: TranslatingModel,
  direction: Direction,
  input: tf.Tensor3D,
  truth?: tf.Tensor3D,
): Translated {
  const anySize = model.options !== undefined; // networks of your own have no other sizes
  try {
    const images = tf.tidy((): { fake: tf.Tensor3D; cycle?: tf.Tensor3D } => {
      if (!(model instanceof CycleGAN)) return { fake: model.translate(input, { anySize }) };
      const fake = model.translate(input, direction, { anySize });
      const back = direction === 'AtoB' ? 'BtoA' : 'AtoB';
      return { fake, cycle: model.translate(fake, back, { anySize }) };
    });
    return { input, ...images, ...(truth && { truth }) };
  } catch (error) {
    tf.dispose([input, truth].filter((image) => image !== undefined));
    throw error;
  }
}

/** Disposes of all images. */
export const disposeOf = ({ input, fake, cycle, truth }: Translated): void =>
  tf.dispose([input, fake, cycle, truth].filter((image) => image !== undefined));
