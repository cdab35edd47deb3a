/** Tensors as images of a page: `ImageData`, canvases and files. */
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { levelsOfTensor } from '../../data/levels-of-tensor.js';

/** A canvas of a page or of a Worker. */
export type AnyCanvas = HTMLCanvasElement | OffscreenCanvas;

/**
 * Converts an image to `ImageData`.
 *
 * @param image [h, w, channels] in [−1, 1], rounded to levels; 1, 3 or 4 channels. Stays the caller's
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`
 */
export async function tensorToImageData(image: tf.Tensor3D): Promise<ImageData> {
  return await imageDataOf('tensorToImageData', image);
}

/**
 * Draws an image on a canvas, which gets its size.
 *
 * @param image [h, w, channels] in [−1, 1]; 1, 3 or 4 channels. Stays the caller's
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`
 */
export async function drawImage(image: tf.Tensor3D, canvas: AnyCanvas): Promise<void> {
  const data = await imageDataOf('drawImage', image);
  putImage('drawImage', data, canvas);
}

/**
 * Writes an image as a file.
 *
 * @param image [h, w, channels] in [−1, 1]; 1, 3 or 4 channels. Stays the caller's
 * @param type `'image/png'`, which is lossless, or `'image/jpeg'` or `'image/webp'`
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `UNSUPPORTED` for a type that the browser cannot write
 */
export async function tensorToBlob(image: tf.Tensor3D, type = 'image/png'): Promise<Blob> {
  const where = 'tensorToBlob';
  const data = await imageDataOf(where, image);
  const canvas = new OffscreenCanvas(1, 1);
  putImage(where, data, canvas);
  const blob = await canvas.convertToBlob({ type, quality: 0.95 });
  if (blob.type === type) return blob;
  throw new CycleGANError(
    'UNSUPPORTED',
    `${where}: this browser cannot write ${show(type)}. Use "image/png".`,
  );
}

function putImage(where: string, data: ImageData, canvas: AnyCanvas): void {
  [canvas.height, canvas.width] = [data.height, data.width];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | null;
  if (context === null) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: canvas already has a context of another kind than "2d". Use another canvas.`,
    );
  }
  context.putImageData(data, 0, 0);
}

async function imageDataOf(where: string, image: tf.Tensor3D): Promise<ImageData> {
  const { data, width, height } = await pixelsOf(where, image);
  return new ImageData(data, width, height);
}

/** Pixels of an image with red, green, blue and alpha, from which any thread makes `ImageData`. */
export interface Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT` */
export async function pixelsOf(where: string, image: tf.Tensor3D): Promise<Pixels> {
  const { data, shape } = await levelsOfTensor(where, image);
  const [height, width, channels] = shape;
  const rgba = new Uint8ClampedArray(height * width * 4).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let k = 0; k < 3; k++) rgba[4 * i + k] = data[channels * i + (channels === 1 ? 0 : k)]!;
    if (channels === 4) rgba[4 * i + 3] = data[4 * i + 3]!;
  }
  return { data: rgba, width, height };
}
