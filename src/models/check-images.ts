/** Checks whether a network accepts images, before they are translated or trained on. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { checkSize, type GeneratorSizes } from './image-to-image-options.js';

/**
 * Checks images of any size for their channels.
 *
 * @param name the name of the argument, for messages
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`
 */
export function checkChannels(
  where: string,
  name: string,
  images: unknown,
  channels: number,
): asserts images is tf.Tensor3D | tf.Tensor4D {
  if (!(images instanceof tf.Tensor) || (images.rank !== 3 && images.rank !== 4)) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: ${name} must be a tensor [height, width, ${channels}] or a batch of such tensors, ` +
        `got ${images instanceof tf.Tensor ? `shape ${show(images.shape)}` : show(images)}.`,
    );
  }
  if (images.isDisposed) {
    throw new CycleGANError(
      'DISPOSED',
      `${where}: ${name} has been disposed. Dispose of it after this call.`,
    );
  }
  if (images.dtype !== 'float32') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: ${name} must be float32 in [-1, 1], got ${images.dtype}. Divide 8-bit levels by 127.5 and subtract 1.`,
    );
  }
  const got = (images as tf.Tensor).shape.at(-1);
  if (got === channels) return;
  throw new CycleGANError('INVALID_SHAPE', `${where}: ${name} must have ${channels} channels, got ${got}.`);
}

/**
 * Checks the input images of a generator.
 *
 * @param name the name of the argument, for messages
 * @param options the options that the generator was built from, if any
 * @param anySize whether images are extended to a size that the generator accepts
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`
 */
export function checkImages(
  where: string,
  name: string,
  images: unknown,
  generator: LayersModel,
  options: GeneratorSizes | undefined,
  anySize = false,
): void {
  const [, height, width, channels] = generator.inputs[0]!.shape;
  checkChannels(where, name, images, channels!);
  if (anySize) return;
  const shape = images.shape.slice(-3) as [number, number, number];
  if (options !== undefined) {
    checkSize(where, shape, options);
  } else if ((height != null && height !== shape[0]) || (width != null && width !== shape[1])) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: the generator takes images of ${height} x ${width}, got ${shape[0]} x ${shape[1]}.`,
    );
  }
}

/**
 * Refuses images that are so small that the output of a discriminator would be empty.
 *
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function checkJudged(
  where: string,
  name: string,
  images: { readonly shape: readonly number[] },
  discriminator: LayersModel,
): void {
  const [height, width, channels] = images.shape.slice(-3) as [number, number, number];
  const output = discriminator.computeOutputShape([1, height, width, channels]) as number[];
  if (output[1]! > 0 && output[2]! > 0) return;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `${where}: ${name} is too small for the discriminators, got ${height} x ${width} pixels. ` +
      `Use larger images, or discriminators of fewer layers.`,
  );
}
