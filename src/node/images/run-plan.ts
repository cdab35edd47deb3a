/** Runs a preprocessing plan on an image file: sharp decodes, plain arrays resize and crop, the backend flips and normalizes. */
import * as tf from '@tensorflow/tfjs-core';
import type { CropWindow, PreprocessPlan } from '../../data/plan.js';
import { preprocessImage } from '../../data/preprocess.js';
import { resizeLevels } from '../../data/resample.js';
import type { ImageFile } from './decode.js';

/** @returns [h, w, c] in [−1, 1] */
export async function runPlan(plan: PreprocessPlan, image: ImageFile): Promise<tf.Tensor3D> {
  const { resize, filter, crop, flip } = plan;
  const decoded = await image.decode(roughSize(plan, image.size));
  const [h, w, c] = resize ? [...resize, decoded.shape[2]] : decoded.shape;
  const resized = resize ? resizeLevels(decoded.levels, decoded.shape, resize, filter) : decoded.levels;
  const [top, left, height, width] = crop ? windowInside(flip, crop, [h, w]) : [0, 0, h, w];
  const levels = new Float32Array(height * width * c);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * w + left) * c;
    levels.set(resized.subarray(from, from + width * c), y * width * c);
  }
  return tf.tidy(() =>
    preprocessImage(tf.tensor3d(levels, [height, width, c]), {
      ...plan,
      resize: null,
      crop: crop && [0, 0, crop[2], crop[3]],
    }),
  );
}

/** Decodes images that are more than four times too large to three times the size. Resizing from there still matches Pillow. */
function roughSize({ resize, filter }: PreprocessPlan, [h, w]: readonly [number, number]) {
  if (!resize || filter !== 'bicubic' || h <= 4 * resize[0] || w <= 4 * resize[1]) return undefined;
  return [3 * resize[0], 3 * resize[1]] as const;
}

/** The part of a crop that is inside the image, before the image is mirrored. */
function windowInside(flip: PreprocessPlan['flip'], crop: CropWindow, [h, w]: readonly [number, number]) {
  const [top, left] = crop;
  const height = Math.min(crop[2], h - top);
  const width = Math.min(crop[3], w - left);
  return [top, flip === 'first' ? w - left - width : left, height, width] as const;
}
