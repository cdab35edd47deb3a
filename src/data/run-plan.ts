/** Runs a preprocessing plan on an image file: a decoder reads it, plain arrays resize, crop, flip and normalize. */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageFile } from './image-file.js';
import type { PreprocessPlan } from './plan.js';
import { resizeLevels } from './resample.js';

/** A decoded and resized image, before the crop and the flip. Crop and flip are random; all else is the same each time. */
export interface PreparedImage {
  /** [height, width] of the file, from which the plan is made. */
  size: readonly [height: number, width: number];
  /** Levels 0..255, [h, w, c]. Only the bilinear resize makes fractions. */
  levels: Uint8Array | Float32Array;
  shape: readonly [height: number, width: number, channels: number];
}

/** Decodes and resizes an image. */
export async function prepareImage(
  { resize, filter }: PreprocessPlan,
  image: ImageFile,
): Promise<PreparedImage> {
  const { size } = image;
  const decoded = await image.decode(resize && image.isDrawn ? resize : roughSize(resize, filter, size));
  const { levels, shape } = decoded;
  if (!resize || image.isDrawn) return { size, levels, shape };
  const resized = resizeLevels(levels, shape, resize, filter);
  return {
    size,
    levels: filter === 'bicubic' ? Uint8Array.from(resized) : Float32Array.from(resized),
    shape: [...resize, shape[2]],
  };
}

/**
 * The size to which an image that is far too large is reduced while decoding, which is much faster. From three times the size,
 * the bicubic resize still matches Pillow. From two times the size, the bilinear resize takes the mean of 2 × 2 pixels. TensorFlow
 * would skip most pixels of such an image instead.
 */
function roughSize(
  resize: PreprocessPlan['resize'],
  filter: PreprocessPlan['filter'],
  [h, w]: readonly [number, number],
): readonly [number, number] | undefined {
  const [tooLarge, enough] = filter === 'bicubic' ? [4, 3] : [8, 2];
  if (!resize || h <= tooLarge * resize[0] || w <= tooLarge * resize[1]) return undefined;
  return [enough * resize[0], enough * resize[1]];
}

/**
 * Crops, flips and normalizes a prepared image. Plain arrays do it, so that no kernels run between those of a training step.
 *
 * @returns [h, w, c] in [−1, 1]
 */
export function finishImage({ crop, flip }: PreprocessPlan, { levels, shape }: PreparedImage): tf.Tensor3D {
  const [h, w, c] = shape;
  const [top, left, height, width] = crop ?? [0, 0, h, w];
  const [inside, across] = [Math.min(height, h - top), Math.min(width, w - left)];
  const values = new Float32Array(height * width * c);
  if (inside < height || across < width) values.fill(-1); // black
  for (let y = 0; y < inside; y++) {
    for (let x = 0; x < across; x++) {
      const from = ((top + y) * w + (flip === 'first' ? w - 1 - left - x : left + x)) * c;
      const to = (y * width + (flip === 'last' ? width - 1 - x : x)) * c;
      for (let k = 0; k < c; k++) values[to + k] = normalized(levels[from + k]!);
    }
  }
  return tf.tensor3d(values, [height, width, c]);
}

/** A level as a value in [−1, 1], with the float32 arithmetic of `normalizeImage`. */
const normalized = (level: number): number => Math.fround(level / 127.5) - 1;
