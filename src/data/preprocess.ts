/**
 * Conversion between images with levels 0..255 and the networks' inputs in [−1, 1]. These tensor functions run a plan;
 * `planPreprocess` makes the random draws.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { CropWindow, PreprocessPlan } from './plan.js';
import { resizeImage } from './resize.js';

/**
 * Crops an image. Pixels to the right of the image or below it are black.
 *
 * @param levels [h, w, c]; 0 is black
 * @returns [window height, window width, c]
 */
export function cropImage(levels: tf.Tensor3D, window: CropWindow): tf.Tensor3D {
  const [top, left, height, width] = window;
  const [h, w] = levels.shape;
  const [inside, across] = [Math.min(height, h - top), Math.min(width, w - left)];
  return tf.tidy(() => {
    const part = tf.slice(levels, [top, left, 0], [inside, across, -1]);
    if (inside === height && across === width) return part;
    return tf.pad(part, [[0, height - inside], [0, width - across], [0, 0]]); // prettier-ignore
  });
}

/**
 * Mirrors an image horizontally.
 *
 * @param image [h, w, c]
 */
export const flipImage = (image: tf.Tensor3D): tf.Tensor3D => tf.reverse(image, 1);

/**
 * Converts levels 0..255 to [−1, 1].
 *
 * @param levels any shape and type
 */
export const normalizeImage = <T extends tf.Tensor>(levels: T): T =>
  tf.tidy(() => tf.sub(tf.div(tf.cast(levels, 'float32'), 127.5), 1));

/**
 * Converts [−1, 1] to levels 0..255 (int32). Values are clipped and rounded: `cast` alone would truncate, which makes images
 * darker and changes FID.
 *
 * @param image any shape
 */
export const toLevels = <T extends tf.Tensor>(image: T): T =>
  tf.tidy(() => tf.cast(tf.round(tf.mul(tf.add(tf.clipByValue(image, -1, 1), 1), 127.5)), 'int32'));

/**
 * Runs a plan of {@link planPreprocess}.
 *
 * @param levels [h, w, c], 0..255, of the size in the plan
 * @returns [h', w', c] in [−1, 1]
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { planPreprocess, preprocessImage, Random } from 'ts-cyclegan';
 * const photo = tf.randomUniform<tf.Rank.R3>([300, 400, 3], 0, 255);
 * const plan = planPreprocess({ convention: 'pytorch' }, [300, 400], new Random(7));
 * console.log(preprocessImage(photo, plan).shape); // [256, 256, 3]
 * ```
 */
export function preprocessImage(levels: tf.Tensor3D, plan: PreprocessPlan): tf.Tensor3D {
  return tf.tidy(() => {
    let image = levels;
    if (plan.flip === 'first') image = flipImage(image);
    if (plan.resize) image = resizeImage(image, plan.resize, plan.filter);
    if (plan.crop) image = cropImage(image, plan.crop);
    if (plan.flip === 'last') image = flipImage(image);
    return normalizeImage(image);
  });
}
