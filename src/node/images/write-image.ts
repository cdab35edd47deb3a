/** Writes tensors as PNG files. JPEG is not supported, because its losses change metrics such as FID. */
import { extname } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { type Levels, levelsOfTensor } from '../../data/levels-of-tensor.js';
import { loadSharp } from './sharp.js';
import { writeFileAtomically } from '../files/write-file.js';

/**
 * Writes an image as PNG, and creates the folder if needed. The write is atomic.
 *
 * @param path ends in `.png`
 * @param image [h, w, c] in [−1, 1], rounded to levels; 1, 3 or 4 channels. Stays the caller's
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `UNSUPPORTED` without sharp
 */
export async function writeImage(path: string, image: tf.Tensor3D): Promise<void> {
  checkPng('writeImage', path);
  await writePng(path, await levelsOfTensor('writeImage', image));
}

/** @throws CycleGANError `INVALID_ARGUMENT` */
export function checkPng(where: string, path: string): void {
  if (extname(path).toLowerCase() === '.png') return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: path must end in .png, got ${show(path)}. Images are written as PNG only, which is lossless.`,
  );
}

/** Writes levels as PNG. */
export async function writePng(
  path: string,
  { data, shape: [height, width, channels] }: Levels,
): Promise<void> {
  const sharp = await loadSharp();
  const raw = { height, width, channels: channels as 1 | 3 | 4 };
  const image = sharp(data, { raw });
  if (channels === 1) image.toColourspace('b-w'); // one channel also in the file
  await writeFileAtomically(path, await image.png().toBuffer());
}
