/** Whether pictures are what the networks take: asked before they are translated or trained on. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { checkSize, type GeneratorSizes } from './image-to-image-options.js';

/**
 * @param name of the argument, for messages
 * @param options those that the generator was built from, if it was
 * @param anySize whether images are brought to a size that the generator takes
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`
 */
export function checkPictures(
  where: string,
  name: string,
  pictures: unknown,
  generator: LayersModel,
  options: GeneratorSizes | undefined,
  anySize = false,
): void {
  const [, height, width, channels] = generator.inputs[0]!.shape;
  checkImageTensor(where, name, pictures, channels!);
  const shape = pictures.shape.slice(-3) as [number, number, number];
  if (anySize) return;
  if (options !== undefined) {
    checkSize(where, shape, options);
  } else if ((height != null && height !== shape[0]) || (width != null && width !== shape[1])) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: the generator takes pictures of ${height} x ${width}, got ${shape[0]} x ${shape[1]}.`,
    );
  }
}

/**
 * Refuses what is no image or batch of images.
 *
 * @param name of the argument, for messages
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`
 */
export function checkImageTensor(
  where: string,
  name: string,
  pictures: unknown,
  channels: number,
): asserts pictures is tf.Tensor3D | tf.Tensor4D {
  if (!(pictures instanceof tf.Tensor) || (pictures.rank !== 3 && pictures.rank !== 4)) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: ${name} must be a tensor [height, width, ${channels}] or a batch of them, ` +
        `got ${pictures instanceof tf.Tensor ? `shape ${show(pictures.shape)}` : show(pictures)}.`,
    );
  }
  if (pictures.isDisposed) {
    throw new CycleGANError('DISPOSED', `${where}: ${name} was disposed of. Keep it until it is used.`);
  }
  if (pictures.dtype !== 'float32') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: ${name} must be float32 in [-1, 1], got ${pictures.dtype}. Divide 8-bit levels by 127.5 and subtract 1.`,
    );
  }
  const own = (pictures as tf.Tensor).shape.at(-1);
  if (own !== channels) {
    throw new CycleGANError('INVALID_SHAPE', `${where}: ${name} must have ${channels} channels, got ${own}.`);
  }
}

/**
 * Refuses pictures so small that the last convolution of a discriminator would have nothing to see.
 *
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function checkJudged(
  where: string,
  name: string,
  pictures: tf.Tensor,
  discriminator: LayersModel,
): void {
  const [height, width, channels] = pictures.shape.slice(-3) as [number, number, number];
  const output = discriminator.computeOutputShape([1, height, width, channels]) as number[];
  if (output[1]! > 0 && output[2]! > 0) return;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `${where}: ${name} is too small for the discriminators, got ${height} x ${width} pixels. ` +
      `Use larger pictures, or discriminators of fewer layers.`,
  );
}
