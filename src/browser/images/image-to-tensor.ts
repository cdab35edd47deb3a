/** Images of a page as tensors. */
import * as tf from '@tensorflow/tfjs-core';
import { resolveOptions } from '../../core/options.js';
import { decodeEntries, type DecodeOptions } from '../../data/image-file.js';
import { normalizeImage } from '../../data/preprocess.js';
import type { ImageInput } from './image-input.js';
import { openImage } from './levels.js';

/**
 * Converts an image of a page to a tensor, in its own size. Files are rotated according to EXIF, and their colours are converted to
 * sRGB. The levels of JPEG and PNG files are those that `readImage` of `ts-cyclegan/node` reads; in browsers without WebCodecs,
 * semi-transparent pixels may differ by two levels.
 *
 * @param image an `ImageBitmap`, `ImageData`, canvas, image or video element, `VideoFrame`, `File`, `Blob`, or the URL of an image. It
 * stays the caller's
 * @returns [h, w, channels] in [−1, 1]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `INVALID_DATA` for a file that the browser cannot
 * decode, `NOT_FOUND` and `NETWORK` for URLs
 */
export async function imageToTensor(image: ImageInput, options: DecodeOptions = {}): Promise<tf.Tensor3D> {
  const where = 'imageToTensor';
  const settings = resolveOptions(where, decodeEntries, options);
  const file = await openImage(where, image, settings);
  try {
    const { levels, shape } = await file.decode();
    return tf.tidy(() => normalizeImage(tf.tensor3d(levels, shape)));
  } finally {
    file.close();
  }
}
