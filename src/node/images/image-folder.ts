/**
 * A folder of images for training or testing. sharp decodes in its own threads. The images are preprocessed by a plan of
 * `src/data`, with the same values as in PyTorch and Keras.
 */
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, resolveOptions, withDefault } from '../../core/options.js';
import type { RandomSource } from '../../core/random.js';
import type { ImageSource } from '../../data/images.js';
import { planOne, preprocessEntries, type PreprocessOptions } from '../../data/plan.js';
import { BrokenImages } from './broken-images.js';
import { runPlan } from './run-plan.js';
import { decodeEntries, type DecodeOptions, openImage } from './decode.js';
import type { SkippedFile } from './list-images.js';
import { openFolder } from './open-folder.js';

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions extends PreprocessOptions, DecodeOptions {
  /**
   * Whether an epoch throws or skips images that cannot be read. The result of `fit` names skipped images.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip';
}

/** The images of a folder. */
export interface ImageFolder extends ImageSource {
  /** Paths of the images, by index. */
  readonly paths: readonly string[];
  /** Paths relative to the folder, with slashes on all systems. */
  readonly names: readonly string[];
  readonly onError: 'throw' | 'skip';
  /** Files that are not images, with the reason: formats that sharp does not read, dangling links. A warning counts them. */
  readonly skipped: readonly SkippedFile[];
  /** Images that could not be read until now. */
  readonly broken: readonly SkippedFile[];
  get(index: number, random: RandomSource): Promise<tf.Tensor3D>;
}

/** Schemas of {@link ImageFolderOptions}. */
export const imageFolderEntries = {
  ...preprocessEntries,
  ...decodeEntries,
  onError: withDefault(oneOf('throw', 'skip'), 'throw'),
};

/**
 * The images of a folder and its subfolders, sorted by path: AVIF, GIF, JPEG, PNG, TIFF and WebP. Of several frames or pages, the
 * first is read. Links are followed, and each folder is listed once. Files and folders whose names begin with a dot are ignored,
 * and so are the system folders `__MACOSX`, `@eaDir`, `#recycle` and `$RECYCLE.BIN`. The folder is listed at the call; images are
 * read on demand.
 *
 * Levels are equal to those of Pillow, with embedded colour profiles applied. Images that are more than four times too large for
 * the bicubic resize are first reduced to three times the size while decoding.
 *
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path that is not a
 * folder, `INVALID_DATA` for a folder without images. On reading: `INVALID_DATA` for a broken image, `NOT_FOUND`,
 * `INVALID_SHAPE`, and `UNSUPPORTED` without sharp
 * @see [Porting from PyTorch](../../../docs/porting-from-pytorch.md)
 * @see [Porting from Keras: data](../../../docs/porting-from-keras.md#data)
 * @example
 * ```ts
 * import { imageFolder } from 'ts-cyclegan/node';
 * const train = () => imageFolder('horse2zebra/trainA', { cropSize: 128, onError: 'skip' });
 * const test = () => imageFolder('horse2zebra/testA', { cropSize: 128, training: false });
 * ```
 */
export function imageFolder(path: string, options: ImageFolderOptions = {}): ImageFolder {
  const settings = resolveOptions('imageFolder', imageFolderEntries, options);
  const { names, skipped } = openFolder('imageFolder', path);
  const paths = names.map((name) => join(path, name));
  const broken = new BrokenImages('imageFolder', paths.length, settings.onError);
  return {
    paths,
    names,
    skipped,
    onError: settings.onError,
    length: paths.length,
    get broken() {
      return broken.list;
    },
    async get(index, random) {
      const file = paths[index];
      if (file === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `imageFolder: index of an image in ${JSON.stringify(path)} must be from 0 to ${paths.length - 1}, got ${index}.`,
        );
      }
      return broken.reading(file, async () => {
        const image = await openImage(file, settings);
        return runPlan(planOne(settings, image.size, random), image);
      });
    },
  };
}
