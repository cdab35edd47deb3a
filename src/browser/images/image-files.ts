/** A set of image files of a page for training or testing, with the values that Node reads from the same files. */
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { oneOf, resolveOptions, show, wholeNumber, withDefault } from '../../core/options.js';
import type { RandomSource } from '../../core/random.js';
import { ImageCache } from '../../data/image-cache.js';
import { decodeEntries, type DecodeOptions } from '../../data/image-file.js';
import type { ImageSource } from '../../data/images.js';
import { planOne, preprocessEntries, type PreprocessOptions } from '../../data/plan.js';
import { finishImage, prepareImage } from '../../data/run-plan.js';
import { type Files, type FileWithPath, listed } from './files.js';
import { openImage } from './levels.js';

/** Options of {@link imageFiles}. */
export interface ImageFilesOptions extends PreprocessOptions, DecodeOptions {
  /**
   * Whether an epoch throws or skips images that cannot be read. The result of `fit` names skipped images.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip';
  /**
   * Bytes of memory for decoded and resized images. Images that fit are read from their files once; values are the same.
   * @default 268435456, 256 MiB
   */
  cache?: number;
}

/** A file that is not an image, or a broken one. */
export interface UnreadFile {
  /** Path of the file. */
  readonly path: string;
  /** Why it is not read. */
  readonly reason: string;
}

/** Image files of a page. */
export interface ImageFiles extends ImageSource {
  /** Paths of the images, by index. */
  readonly names: readonly string[];
  readonly onError: 'throw' | 'skip';
  /** Files that are not images of a format that browsers read. */
  readonly skipped: readonly UnreadFile[];
  /** Images that could not be read until now. */
  readonly broken: readonly UnreadFile[];
  get(index: number, random: RandomSource): Promise<tf.Tensor3D>;
}

/** Schemas of {@link ImageFilesOptions}. */
export const imageFilesEntries = {
  ...preprocessEntries,
  ...decodeEntries,
  onError: withDefault(oneOf('throw', 'skip'), 'throw'),
  cache: withDefault(wholeNumber(0), 2 ** 28),
};

const extensions = ['avif', 'gif', 'jfif', 'jpe', 'jpeg', 'jpg', 'png', 'webp'];

/**
 * The images among the files of a page, sorted by path, as a source for `fit`. Each image is decoded by the browser, rotated according
 * to EXIF, and preprocessed as by `imageFolder` of `ts-cyclegan/node`: JPEG and PNG files have the same values there.
 *
 * @param files the `files` of an `<input>`, a list of `File`s, or the result of {@link filesOf} for drops and their folders
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `INVALID_DATA` without images. On reading:
 * `INVALID_DATA` for a broken image, `INVALID_SHAPE`
 * @example
 * ```ts
 * import type { CycleGANTrainer } from 'ts-cyclegan';
 * import { imageFiles } from 'ts-cyclegan/browser';
 * const train = async (trainer: CycleGANTrainer, horses: FileList, zebras: FileList) =>
 *   trainer.fit(imageFiles(horses, { cropSize: 64 }), imageFiles(zebras, { cropSize: 64 }));
 * ```
 */
export function imageFiles(files: Exclude<Files, DataTransfer>, options: ImageFilesOptions = {}): ImageFiles {
  const where = 'imageFiles';
  const settings = resolveOptions(where, imageFilesEntries, options);
  const { images, skipped } = sorted(where, listed(files, where));
  const broken = new Map<string, UnreadFile>();
  const kept = new ImageCache(settings.cache);
  const { length } = images;

  const prepare = async (
    { path, file }: FileWithPath,
    index: number,
    random: RandomSource,
  ): Promise<tf.Tensor3D> => {
    const image = await openImage(`${where}: ${show(path)}`, file, settings);
    try {
      const plan = planOne(settings, image.size, random);
      const prepared = await prepareImage(plan, image);
      kept.add(index, [prepared]);
      return finishImage(plan, prepared);
    } finally {
      image.close();
    }
  };

  return {
    length,
    names: images.map(({ path }) => path),
    skipped,
    onError: settings.onError,
    get broken() {
      return [...broken.values()];
    },
    async get(index, random) {
      const known = kept.get(index);
      if (known) return finishImage(planOne(settings, known[0]!.size, random), known[0]!);
      const image = images[index];
      if (image === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `${where}: index of an image must be from 0 to ${length - 1}, got ${index}.`,
        );
      }
      try {
        return await prepare(image, index, random);
      } catch (error) {
        if (isCycleGANError(error)) broken.set(image.path, { path: image.path, reason: error.message });
        throw error;
      }
    },
  };
}

/** Divides files into images and others. */
function sorted(where: string, files: readonly FileWithPath[]) {
  const images: FileWithPath[] = [];
  const skipped: UnreadFile[] = [];
  const names = new Set<string>();
  for (const each of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const { path } = each;
    const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase();
    if (names.has(path)) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: two files have the path ${show(path)}. Names must be unique, so that training can be resumed. Rename one.`,
      );
    }
    names.add(path);
    if (extension !== undefined && extensions.includes(extension)) images.push(each);
    else
      skipped.push({
        path,
        reason: `unsupported format ${extension === undefined ? 'without extension' : `.${extension}`}`,
      });
  }
  if (images.length > 0) return { images, skipped };
  throw new CycleGANError(
    'INVALID_DATA',
    `${where}: files must have at least one image (${extensions.map((each) => `.${each}`).join(', ')}), got none among ${files.length} files.`,
  );
}
