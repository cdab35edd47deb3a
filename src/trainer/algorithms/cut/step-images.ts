/** Checks whether a model can train on the images of a step. */
import type * as tf from '@tensorflow/tfjs-core';
import { checkHostValues } from '../../../core/check-values.js';
import { checkChannels, checkImages, checkJudged } from '../../../models/check-images.js';
import type { CUT } from '../../../models/cut.js';
import { checkDraws } from '../given-draws.js';
import { placesOf, type Side } from './draws.js';
import { featuresOfModel } from './features.js';

/** A's and B's images, and places that the caller gives. */
export interface StepImages {
  a: tf.Tensor3D | tf.Tensor4D;
  b: tf.Tensor3D | tf.Tensor4D;
  draws?: tf.NamedTensorMap | undefined;
}

/**
 * Checks images before anything is computed.
 *
 * @returns the names of tensors whose values are not available yet, and were not checked
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`, `UNKNOWN_OPTION`
 */
export function checkStepImages(
  where: string,
  model: CUT,
  { patches, identity }: { patches: number; identity: boolean },
  { a, b, draws }: StepImages,
): Side[] {
  const { generator, discriminator, options } = model;
  checkImages(where, 'a', a, generator, options);
  if (identity) checkImages(where, 'b', b, generator, options);
  else checkChannels(where, 'b', b, generator.outputs[0]!.shape[3]!);
  checkJudged(where, 'a', a, discriminator);
  checkJudged(where, 'b', b, discriminator);
  if (draws !== undefined) {
    const features = featuresOfModel(model);
    const known = (identity ? (['a', 'b'] as const) : (['a'] as const)).map((side) => {
      const [height, width] = (side === 'a' ? a : b).shape.slice(-3) as [number, number];
      return placesOf(side, features.sizes(height, width), patches);
    });
    checkDraws(where, Object.assign({}, ...known) as ReturnType<typeof placesOf>, draws, 'int32');
  }
  return (['a', 'b'] as const).filter((name) => !checkHostValues(where, name, { a, b }[name]));
}
