/**
 * A folder of pictures for training or testing. sharp decodes in threads of its own; the plan of `src/data` says
 * what becomes of each picture, and is carried out to the same numbers as P and K have.
 */
import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { resolveOptions } from '../core/options.js';
import type { ImageSource } from '../data/images.js';
import {
  type CropWindow,
  planOne,
  preprocessEntries,
  type PreprocessOptions,
  type PreprocessPlan,
} from '../data/plan.js';
import { preprocessImage } from '../data/preprocess.js';
import { resizeLevels } from '../data/resample.js';
import { decodeEntries, type DecodeOptions, naming, openPicture, type PictureFile } from './decode.js';

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions extends PreprocessOptions, DecodeOptions {}

/** The pictures of a folder. */
export interface ImageFolder extends ImageSource {
  /** Where they are, in the order of their index. */
  readonly paths: readonly string[];
}

const extensions = ['.jpg', '.jpeg', '.png', '.webp'];

/**
 * The JPEG, PNG and WebP pictures of a folder and the folders in it, sorted by path; hidden files are left out.
 * The folder is listed at once, pictures are read when they are asked for.
 *
 * A picture that comes out more than four times too large for P's bicubic resize is first brought to three times
 * the size while decoding; all others get Pillow's numbers.
 *
 * @throws CycleGANError at once: `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path
 * that is no folder, `INVALID_DATA` for a folder without pictures. On reading: `INVALID_DATA` for a broken picture,
 * `INVALID_SHAPE`, and `UNSUPPORTED` without sharp
 * @example
 * ```ts
 * import { imageFolder } from 'ts-cyclegan/node';
 * const train = () => imageFolder('horse2zebra/trainA', { cropSize: 128 });
 * const test = () => imageFolder('horse2zebra/testA', { cropSize: 128, training: false });
 * ```
 */
export function imageFolder(path: string, options: ImageFolderOptions = {}): ImageFolder {
  const settings = resolveOptions('imageFolder', { ...preprocessEntries, ...decodeEntries }, options);
  const paths = listPictures(path);
  return {
    paths,
    length: paths.length,
    get(index, random) {
      const file = paths[index];
      if (file === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `imageFolder: ${JSON.stringify(path)} holds pictures 0 to ${paths.length - 1}, got ${index}.`,
        );
      }
      return naming('imageFolder', file, async () => {
        const picture = await openPicture(file, settings);
        return carryOut(planOne(settings, picture.size, random), picture);
      });
    },
  };
}

function listPictures(folder: string): string[] {
  const shown = JSON.stringify(folder);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats)
    throw new CycleGANError(
      'NOT_FOUND',
      `imageFolder: path must be a folder of pictures, but there is no ${shown}.`,
    );
  if (!stats.isDirectory()) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `imageFolder: path must be a folder of pictures, got the file ${shown}. readImage reads one picture.`,
    );
  }
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .filter((entry) => extensions.includes(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort(); // by code unit, as Python sorts: the same order on every machine
  if (paths.length > 0) return paths;
  throw new CycleGANError(
    'INVALID_DATA',
    `imageFolder: there must be a picture (${extensions.join(', ')}) in ${shown} or the folders in it, ` +
      `got none among ${entries.length} files and folders.`,
  );
}

/** Decoding does what it can do exactly, plain arrays the resize, the backend the rest. */
async function carryOut(plan: PreprocessPlan, picture: PictureFile): Promise<tf.Tensor3D> {
  const { resize, filter, crop } = plan;
  if (resize) {
    const { levels, shape } = await picture.decode({ size: roughSize(plan, picture.size) });
    const resized = Float32Array.from(resizeLevels(levels, shape, resize, filter));
    return finish(resized, [...resize, shape[2]], { ...plan, resize: null });
  }
  if (crop) {
    const { levels, shape } = await picture.decode({ window: windowInside(plan.flip, crop, picture.size) });
    return finish(levels, shape, { ...plan, crop: [0, 0, crop[2], crop[3]] });
  }
  const { levels, shape } = await picture.decode();
  return finish(levels, shape, plan);
}

function finish(
  levels: Uint8Array | Float32Array,
  shape: [number, number, number],
  plan: PreprocessPlan,
): tf.Tensor3D {
  return tf.tidy(() => preprocessImage(tf.tensor3d(levels, shape), plan));
}

/** Three times the wanted size for a picture of more than four times: the rest of the way makes it Pillow's. */
function roughSize({ resize, filter }: PreprocessPlan, [h, w]: readonly [number, number]) {
  if (!resize || filter !== 'bicubic' || h <= 4 * resize[0] || w <= 4 * resize[1]) return undefined;
  return [3 * resize[0], 3 * resize[1]] as const;
}

/** The part of a crop that lies in the file's picture, which has not been mirrored yet. */
function windowInside(flip: PreprocessPlan['flip'], crop: CropWindow, [h, w]: readonly [number, number]) {
  const [top, left] = crop;
  const height = Math.min(crop[2], h - top);
  const width = Math.min(crop[3], w - left);
  return [top, flip === 'first' ? w - left - width : left, height, width] as const;
}
