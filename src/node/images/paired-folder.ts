/**
 * Pairs of image files: A and B side by side in one image, as in PyTorch's `--dataset_mode aligned`
 * (`data/aligned_dataset.py`), or in two folders with the same names.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { type Convention, conventionEntry } from '../../core/convention.js';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, resolveOptions, show, withDefault } from '../../core/options.js';
import { type RandomSource } from '../../core/random.js';
import type { PairSource } from '../../data/pairs.js';
import { loadSizeOf, planOne, type PreprocessPlan } from '../../data/plan.js';
import { ImageCache } from '../../data/image-cache.js';
import type { ImageFile } from '../../data/image-file.js';
import { finishImage, prepareImage, type PreparedImage } from '../../data/run-plan.js';
import { BrokenImages } from './broken-images.js';
import { openImage } from './decode.js';
import { defaultCache } from './default-cache.js';
import { imageFolderEntries, type ImageFolderOptions } from './image-set.js';
import type { SkippedFile } from './list-images.js';
import { halves } from './halves.js';
import { openPairFiles, type PairFiles, type TwoFolders } from './pair-files.js';

/** Options of {@link pairedFolder}. */
export interface PairedFolderOptions extends ImageFolderOptions {
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
  /**
   * Whether A is the input and B the target (`AtoB`), or the reverse. PyTorch: `--direction`.
   * @default 'AtoB'
   */
  direction?: 'AtoB' | 'BtoA';
}

/** The pairs of one or two folders. */
export interface PairedFolder extends PairSource {
  /** The file of each pair, or its files of A and B. */
  readonly paths: readonly (readonly string[])[];
  /** Paths relative to the folder (of A), with slashes on all systems. */
  readonly names: readonly string[];
  readonly onError: 'throw' | 'skip';
  /** Files that are not images, with the reason: formats that sharp does not read, dangling links. A warning counts them. */
  readonly skipped: readonly SkippedFile[];
  /** Images that could not be read until now. */
  readonly broken: readonly SkippedFile[];
  get(index: number, random: RandomSource): Promise<[input: tf.Tensor3D, target: tf.Tensor3D]>;
}

const where = 'pairedFolder';
const entries = {
  ...imageFolderEntries,
  convention: conventionEntry('pytorch'),
  direction: withDefault(oneOf('AtoB', 'BtoA'), 'AtoB'),
};

/**
 * Pairs of images to train or test pix2pix, sorted by path. Both images of a pair get the same resize, crop and flip. Files are
 * listed and decoded as in {@link imageFolder}. By default, sizes and filters are PyTorch's.
 *
 * The headers of all files are read at the call, so pairs that do not match are refused before training starts. With
 * `onError: 'skip'`, such pairs are skipped during the epoch instead.
 *
 * @param folders one folder of images with A on the left and B on the right, or two folders
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path that is not a
 * folder, `INVALID_DATA` for a folder without images, names without a partner and images that cannot be read, `INVALID_SHAPE`
 * for pairs of different sizes and images of odd width. On reading: the errors of {@link imageFolder}
 * @example
 * ```ts
 * import { pairedFolder } from 'ts-cyclegan/node';
 * const aligned = () => pairedFolder('facades/train', { direction: 'BtoA' });
 * const separate = () => pairedFolder({ a: 'drawings', b: 'paintings' }, { cropSize: 128 });
 * ```
 */
export async function pairedFolder(
  folders: string | TwoFolders,
  options: PairedFolderOptions = {},
): Promise<PairedFolder> {
  const settings = resolveOptions(where, entries, options);
  const files = openPairFiles(where, folders);
  const { names, paths, skipped } = files;
  const { onError, direction, cache = defaultCache() } = settings;
  const kept = new ImageCache(cache);
  const broken = new BrokenImages(where, paths.length, onError);
  /** Reads the headers of A and B of a pair. */
  const open = async (pair: readonly string[]): Promise<[ImageFile, ImageFile]> => {
    const images = await Promise.all(
      pair.map((file) => broken.reading(file, () => openImage(file, settings, loadSizeOf(settings)))),
    );
    if (images.length === 1) return broken.reading(pair[0]!, () => halves(images[0]!));
    const [a, b] = images as [ImageFile, ImageFile];
    return broken.reading(pair[0]!, () => sameSize(a, b, pair[1]!));
  };
  if (onError === 'throw') await checkAll(files, open);
  /** Crops and flips A and B in the same way. */
  const finish = (plan: PreprocessPlan, prepared: readonly PreparedImage[]): [tf.Tensor3D, tf.Tensor3D] => {
    const [a, b] = prepared.map((image) => finishImage(plan, image)) as [tf.Tensor3D, tf.Tensor3D];
    return direction === 'AtoB' ? [a, b] : [b, a];
  };
  return {
    pairs: true,
    paths,
    names,
    skipped,
    onError,
    length: paths.length,
    get broken() {
      return broken.list;
    },
    async get(index, random) {
      const pair = paths[index];
      if (pair === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `${where}: index of a pair must be from 0 to ${paths.length - 1}, got ${index}.`,
        );
      }
      const known = kept.get(index);
      if (known) return finish(planOne(settings, known[0]!.size, random), known);
      const images = await open(pair);
      const plan = planOne(settings, images[0].size, random);
      const prepared = await Promise.all(
        images.map((image, side) => broken.reading(pair.at(-side)!, () => prepareImage(plan, image))),
      );
      kept.add(index, prepared);
      return finish(plan, prepared);
    },
  };
}

function sameSize(a: ImageFile, b: ImageFile, ofB: string): Promise<[ImageFile, ImageFile]> {
  const [sizeA, sizeB] = [a, b].map(({ size: [height, width] }) => `${width}×${height}`);
  if (sizeA === sizeB) return Promise.resolve([a, b]);
  throw new CycleGANError(
    'INVALID_SHAPE',
    `both images of a pair must have the same size, got ${sizeA} pixels, and ${sizeB} for ${show(ofB)}. ` +
      'Resize one of them, or remove both.',
  );
}

/** Opens all pairs, 16 at a time, and throws the error of the first invalid one. */
async function checkAll(
  { paths }: PairFiles,
  open: (pair: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const concurrency = 16;
  for (let i = 0; i < paths.length; i += concurrency) {
    const results = await Promise.allSettled(paths.slice(i, i + concurrency).map(open));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
