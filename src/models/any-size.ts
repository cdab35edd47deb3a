/** Extends images to a size that a generator accepts, and crops the results. */
import * as tf from '@tensorflow/tfjs-core';
import { flag, withDefault } from '../core/options.js';
import { reflectPad2d, replicatePad2d } from '../layers/pad2d.js';
import { type GeneratorSizes, smallestImage, sizeMultiple } from './image-to-image-options.js';

/** Options of `CycleGAN.translate` and `Translator.translate`. */
export interface TranslateOptions {
  /**
   * Whether to accept images of any height and width. Each image is extended on the right and at the bottom by reflection, to
   * the next size that the generator accepts, and its translation is cropped to the original size.
   * @default false
   */
  anySize?: boolean;
}

/** Schema of {@link TranslateOptions}. */
export const translateEntries = { anySize: withDefault(flag(), false) };

/** The next size that the generator accepts. */
export function nextSize(size: number, options: GeneratorSizes): number {
  const multiple = sizeMultiple(options);
  return Math.ceil(Math.max(size, smallestImage(options)) / multiple) * multiple;
}

/** Extends a batch [n, H, W, c] to a size that the generator accepts. */
export const extended = (batch: tf.Tensor4D, options: GeneratorSizes): tf.Tensor4D =>
  extendedTo(batch, [nextSize(batch.shape[1], options), nextSize(batch.shape[2], options)]);

/** Extends a batch [n, H, W, c] on the right and at the bottom by reflection. */
export function extendedTo(
  batch: tf.Tensor4D,
  target: readonly [height: number, width: number],
): tf.Tensor4D {
  return tf.tidy(() => {
    let image = tf.clone(batch);
    // A reflection is shorter than the image, so small images are reflected more than once. A single pixel is repeated.
    for (const [axis, side] of [
      [1, 'bottom'],
      [2, 'right'],
    ] as const) {
      for (;;) {
        const size = image.shape[axis];
        const missing = target[axis - 1]! - size;
        if (missing === 0) break;
        const sides = {
          top: 0,
          left: 0,
          bottom: 0,
          right: 0,
          [side]: Math.min(missing, Math.max(1, size - 1)),
        };
        image = (size > 1 ? reflectPad2d : replicatePad2d)(image, sides);
      }
    }
    return image;
  });
}

/** Crops a batch to the upper left part of the given shape. */
export const croppedTo = ([, height, width]: readonly number[], batch: tf.Tensor4D): tf.Tensor4D =>
  batch.shape[1] === height && batch.shape[2] === width
    ? batch
    : tf.slice(batch, [0, 0, 0, 0], [-1, height!, width!, -1]);
