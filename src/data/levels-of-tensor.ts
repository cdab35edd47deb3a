/** Tensors in [−1, 1] as levels 0..255, for files and screens. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { toLevels } from './preprocess.js';

/** Levels 0..255 of an image, [h, w, c]. */
export interface Levels {
  data: Uint8Array;
  shape: [height: number, width: number, channels: number];
}

/** @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT` */
export async function levelsOfTensor(where: string, image: tf.Tensor3D): Promise<Levels> {
  const given: unknown = image;
  if (!(given instanceof tf.Tensor) || given.rank !== 3 || ![1, 3, 4].includes(image.shape[2])) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: image must be a tensor [height, width, channels] with 1, 3 or 4 channels, ` +
        `got ${show(given instanceof tf.Tensor ? given.shape : given)}.`,
    );
  }
  if (image.dtype !== 'float32') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: image must be float32 in [-1, 1], got ${image.dtype}. Divide 8-bit levels by 127.5 and subtract 1.`,
    );
  }
  const levels = toLevels(image);
  try {
    return { data: Uint8Array.from(await levels.data()), shape: image.shape };
  } finally {
    levels.dispose();
  }
}
