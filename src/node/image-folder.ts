/**
 * A folder of pictures for training or testing. sharp decodes in threads of its own; the plan of `src/data` says
 * what becomes of each picture, and is carried out to the same numbers as P and K have.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { oneOf, resolveOptions, withDefault } from '../core/options.js';
import type { RandomSource } from '../core/random.js';
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
import { extensions, type LeftOut, listImages, summarize } from './list-images.js';

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions extends PreprocessOptions, DecodeOptions {
  /**
   * What an epoch does about an image that cannot be read: `'throw'` ends it with an error, `'skip'` leaves the image
   * out. `fit` tells at its end which images it left out.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip';
}

/** The images of a folder. */
export interface ImageFolder extends ImageSource {
  /** Where they are, in the order of their index. */
  readonly paths: readonly string[];
  /** The same below the folder, with slashes on every system. */
  readonly names: readonly string[];
  readonly onError: 'throw' | 'skip';
  /** All other files that are not hidden: formats that sharp does not read, dangling links. A warning counts them. */
  readonly leftOut: readonly LeftOut[];
  /** Images that could not be read so far. */
  readonly broken: readonly LeftOut[];
  get(index: number, random: RandomSource): Promise<tf.Tensor3D>;
}

const entries = {
  ...preprocessEntries,
  ...decodeEntries,
  onError: withDefault(oneOf('throw', 'skip'), 'throw'),
};

/**
 * The images of a folder and of the folders in it, sorted by path: AVIF, GIF, JPEG, PNG, TIFF and WebP, of several
 * frames or pages the first. Links are followed, and each folder is listed once. Left out are files and folders whose
 * names begin with a dot, and `__MACOSX`, `@eaDir`, `#recycle` and `$RECYCLE.BIN`, where systems keep copies. The folder
 * is listed at once, images are read when they are asked for.
 *
 * Levels are those of Pillow, with embedded colour profiles applied. An image that comes out more than four times too
 * large for P's bicubic resize is first brought to three times the size while decoding.
 *
 * @throws CycleGANError at once: `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path
 * that is no folder, `INVALID_DATA` for a folder without images. On reading: `INVALID_DATA` for a broken image,
 * `NOT_FOUND`, `INVALID_SHAPE`, and `UNSUPPORTED` without sharp
 * @see [Porting from PyTorch](../../docs/porting-from-pytorch.md)
 * @see [Porting from Keras: data](../../docs/porting-from-keras.md#data)
 * @example
 * ```ts
 * import { imageFolder } from 'ts-cyclegan/node';
 * const train = () => imageFolder('horse2zebra/trainA', { cropSize: 128, onError: 'skip' });
 * const test = () => imageFolder('horse2zebra/testA', { cropSize: 128, training: false });
 * ```
 */
export function imageFolder(path: string, options: ImageFolderOptions = {}): ImageFolder {
  const settings = resolveOptions('imageFolder', entries, options);
  const { names, leftOut } = openFolder(path);
  const paths = names.map((name) => join(path, name));
  const broken = new Map<string, LeftOut>();
  return {
    paths,
    names,
    leftOut,
    onError: settings.onError,
    length: paths.length,
    get broken() {
      return [...broken.values()];
    },
    async get(index, random) {
      const file = paths[index];
      if (file === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `imageFolder: ${JSON.stringify(path)} holds pictures 0 to ${paths.length - 1}, got ${index}.`,
        );
      }
      try {
        return await naming('imageFolder', file, advice, async () => {
          const picture = await openPicture(file, settings);
          return carryOut(planOne(settings, picture.size, random), picture);
        });
      } catch (error) {
        if (!isCycleGANError(error, 'UNSUPPORTED') && !broken.has(file)) {
          const reason = (error as Error).message;
          broken.set(file, { path: file, reason });
          if (settings.onError === 'skip') {
            warn(`${reason} So far ${broken.size} of ${paths.length} images are left out.`);
          }
        }
        throw error;
      }
    },
  };
}

const advice = 'Repair or remove the file, or pass onError: "skip".';

function openFolder(folder: string) {
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
  const listing = listImages(folder);
  const { names, leftOut, seen } = listing;
  const others = summarize(leftOut);
  if (names.length === 0) {
    throw new CycleGANError(
      'INVALID_DATA',
      `imageFolder: there must be a picture (${extensions.join(', ')}) in ${shown} or the folders in it, ` +
        `got none among ${seen} files and folders${others && ` (${others})`}.`,
    );
  }
  if (leftOut.length > 0) {
    const files = leftOut.length === 1 ? '1 file' : `${leftOut.length} files`;
    warn(`imageFolder: ${shown} has ${names.length} images, ${files} left out (${others}).`);
  }
  return listing;
}

const warn = (text: string): void => process.emitWarning(text, 'CycleGANWarning');

/** sharp decodes, plain arrays carry out the resize and the crop, the backend the rest. */
async function carryOut(plan: PreprocessPlan, picture: PictureFile): Promise<tf.Tensor3D> {
  const { resize, filter, crop, flip } = plan;
  const decoded = await picture.decode(roughSize(plan, picture.size));
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
