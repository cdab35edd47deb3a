/**
 * A set of image files for training or testing. sharp decodes in its own threads. The images are preprocessed by a plan of
 * `src/data`, with the same values as in PyTorch and Keras.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, optional, type Resolved, wholeNumber, withDefault } from '../../core/options.js';
import type { RandomSource } from '../../core/random.js';
import type { ImageSource } from '../../data/images.js';
import { loadSizeOf, planOne, preprocessEntries, type PreprocessOptions } from '../../data/plan.js';
import { ImageCache } from '../../data/image-cache.js';
import { decodeEntries, type DecodeOptions } from '../../data/image-file.js';
import { finishImage, prepareImage } from '../../data/run-plan.js';
import { BrokenImages } from './broken-images.js';
import { openImage } from './decode.js';
import { defaultCache } from './default-cache.js';
import type { SkippedFile } from './list-images.js';

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions extends PreprocessOptions, DecodeOptions {
  /**
   * Whether an epoch throws or skips images that cannot be read. The result of `fit` names skipped images.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip';
  /**
   * Bytes of memory for decoded and resized images. Images that fit are read from their files once; values are the same. A byte
   * holds one level, or a quarter of one after the bilinear resize of Keras. 0 reads images from their files each time.
   * @default a sixteenth of the memory of the machine or container, at most 1 GiB
   */
  cache?: number;
}

/** The images of a folder or a list of files. */
export interface ImageFolder extends ImageSource {
  /** Paths of the images, by index. */
  readonly paths: readonly string[];
  /** Names of the images, by index, with slashes on all systems. For a folder, they are paths relative to it. */
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
  cache: optional(wholeNumber(0)),
};

/** Resolved {@link ImageFolderOptions}. */
export type ImageFolderSettings = Readonly<Resolved<typeof imageFolderEntries>>;

/** The files of a set. Paths are made from names when they are needed: a set may have millions. */
export interface ImageFiles {
  /** Name of the function, for messages. */
  readonly where: string;
  readonly names: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly pathOf: (name: string) => string;
}

export function imageSet(files: ImageFiles, settings: ImageFolderSettings): ImageFolder {
  const { where, names, skipped, pathOf } = files;
  const { onError, cache = defaultCache() } = settings;
  const { length } = names;
  const broken = new BrokenImages(where, length, onError);
  const kept = new ImageCache(cache);
  let paths: readonly string[] | undefined;
  return {
    get paths() {
      return (paths ??= names.map((name) => pathOf(name)));
    },
    names,
    skipped,
    onError,
    length,
    get broken() {
      return broken.list;
    },
    async get(index, random) {
      const name = names[index];
      if (name === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `${where}: index of an image must be from 0 to ${length - 1}, got ${index}.`,
        );
      }
      const known = kept.get(index);
      if (known) return finishImage(planOne(settings, known[0]!.size, random), known[0]!);
      const path = pathOf(name);
      return broken.reading(path, async () => {
        const image = await openImage(path, settings, loadSizeOf(settings));
        const plan = planOne(settings, image.size, random);
        const prepared = await prepareImage(plan, image);
        kept.add(index, [prepared]);
        return finishImage(plan, prepared);
      });
    },
  };
}
