/** Checks images and translates them with a generator. Images of other sizes are extended before and cropped after. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { croppedTo, extended } from './any-size.js';
import { checkImages } from './check-images.js';
import { checkHostValues } from '../core/check-values.js';
import type { GeneratorSizes } from './image-to-image-options.js';

/**
 * Translates checked images [H, W, C] or [B, H, W, C].
 *
 * @param built the options that the generator was built from, if any
 * @param run applies the generator to a batch
 */
export function translateWith<T extends tf.Tensor3D | tf.Tensor4D>(
  where: string,
  generator: LayersModel,
  built: GeneratorSizes | undefined,
  image: T,
  anySize: boolean,
  run = (batch: tf.Tensor4D) => generator.apply(batch, { training: false }) as tf.Tensor4D,
): T {
  if (anySize && built === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: option "anySize" needs a model that was built from options, got a model of your own networks. ` +
        'Resize or crop images to sizes that they accept.',
    );
  }
  checkImages(where, 'image', image, generator, built, anySize);
  checkHostValues(where, 'image', image);
  return tf.tidy(() => {
    const batch = (image.rank === 3 ? tf.expandDims(image, 0) : image) as tf.Tensor4D;
    const output = run(anySize ? extended(batch, built!) : batch);
    const translated = anySize ? croppedTo(batch.shape, output) : output;
    return (image.rank === 3 ? tf.squeeze(translated, [0]) : translated) as T;
  });
}
