/** Reads one image file as a tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { resolveOptions } from '../../core/options.js';
import { decodeEntries, type DecodeOptions } from '../../data/image-file.js';
import { normalizeImage } from '../../data/preprocess.js';
import { naming, openImage } from './decode.js';

/**
 * Reads an image in its own size: JPEG, PNG, WebP, GIF, TIFF or AVIF. Of several frames or pages, the first is read.
 *
 * @returns [h, w, channels] in [−1, 1]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_DATA` for a broken image,
 * `UNSUPPORTED` without sharp
 */
export async function readImage(path: string, options: DecodeOptions = {}): Promise<tf.Tensor3D> {
  const settings = resolveOptions('readImage', decodeEntries, options);
  const { levels, shape } = await naming('readImage', path, 'Repair the file.', async () =>
    (await openImage(path, settings)).decode(),
  );
  return tf.tidy(() => normalizeImage(tf.tensor3d(levels, shape)));
}
