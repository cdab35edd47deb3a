/**
 * A folder of pictures for training or testing. sharp decodes in threads of its own; the plan of `src/data` says
 * what becomes of each picture, and is carried out to the same numbers as P and K have.
 */
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { oneOf, resolveOptions, withDefault } from '../core/options.js';
import type { RandomSource } from '../core/random.js';
import type { ImageSource } from '../data/images.js';
import { planOne, preprocessEntries, type PreprocessOptions } from '../data/plan.js';
import { BrokenImages } from './broken-images.js';
import { carryOut } from './carry-out.js';
import { decodeEntries, type DecodeOptions, openPicture } from './decode.js';
import type { LeftOut } from './list-images.js';
import { openFolder } from './open-folder.js';

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

/** Schemas of {@link ImageFolderOptions}. */
export const imageFolderEntries = {
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
  const settings = resolveOptions('imageFolder', imageFolderEntries, options);
  const { names, leftOut } = openFolder('imageFolder', path);
  const paths = names.map((name) => join(path, name));
  const broken = new BrokenImages('imageFolder', paths.length, settings.onError);
  return {
    paths,
    names,
    leftOut,
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
          `imageFolder: ${JSON.stringify(path)} holds pictures 0 to ${paths.length - 1}, got ${index}.`,
        );
      }
      return broken.reading(file, async () => {
        const picture = await openPicture(file, settings);
        return carryOut(planOne(settings, picture.size, random), picture);
      });
    },
  };
}
