/** The images that are translated during training: the first one of each domain. */
import * as tf from '@tensorflow/tfjs-core';
import { isUnreadable } from '../../data/reader.js';
import { Random } from '../../core/random.js';
import type { FileWithPath } from '../images/files.js';
import { imageFiles, type ImageFilesOptions } from '../images/image-files.js';

/**
 * The first image that can be read, as a batch of one, without random crops and flips.
 *
 * @throws CycleGANError the error of the last image if none can be read
 */
export async function firstImage(
  files: readonly FileWithPath[],
  { flip: _, loadSize, ...options }: ImageFilesOptions,
): Promise<tf.Tensor4D> {
  // as in the tests of both programs: images are resized to cropSize directly
  const keepsLoadSize = (options.mode ?? 'resize_and_crop') !== 'resize_and_crop' && loadSize !== undefined;
  const images = imageFiles(files, {
    ...options,
    training: false,
    cache: 0,
    ...(keepsLoadSize && { loadSize }),
  });
  for (let i = 0; ; i++) {
    try {
      const image = await images.get(i, new Random(0));
      const batch = tf.expandDims<tf.Tensor4D>(image, 0);
      image.dispose();
      return batch;
    } catch (error) {
      if (!isUnreadable(error) || i + 1 === images.length) throw error;
    }
  }
}
