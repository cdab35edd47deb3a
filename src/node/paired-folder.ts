/**
 * Pairs of images in files: side by side in one image, A | B, as PyTorch's `--dataset_mode aligned` has them, or in two folders
 * under the same names. Source: PyTorch's `data/aligned_dataset.py`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { type Convention, conventionEntry } from '../core/convention.js';
import { CycleGANError } from '../core/errors.js';
import { oneOf, resolveOptions, show, withDefault } from '../core/options.js';
import { type RandomSource } from '../core/random.js';
import type { PairSource } from '../data/pairs.js';
import { planOne } from '../data/plan.js';
import { both } from '../data/step.js';
import { BrokenImages } from './broken-images.js';
import { carryOut } from './carry-out.js';
import { openPicture, type PictureFile } from './decode.js';
import { imageFolderEntries, type ImageFolderOptions } from './image-folder.js';
import type { LeftOut } from './list-images.js';
import { halves } from './halves.js';
import { openPairFiles, type PairFiles } from './pair-files.js';

/** Options of {@link pairedFolder}. */
export interface PairedFolderOptions extends ImageFolderOptions {
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
  /**
   * Whether A is the input and B the target, or the other way round; PyTorch: `--direction`.
   * @default 'AtoB'
   */
  direction?: 'AtoB' | 'BtoA';
}

/** Two folders, in which images of one pair have the same name; extensions may differ. */
export interface TwoFolders {
  /** Of the images A. */
  readonly a: string;
  /** Of the images B. */
  readonly b: string;
}

/** The pairs of a folder, or of two. */
export interface PairedFolder extends PairSource {
  /** The file of each pair, or both: of A, then of B. */
  readonly paths: readonly (readonly string[])[];
  /** The same below the folder, with slashes on every system; of two folders, that of A. */
  readonly names: readonly string[];
  readonly onError: 'throw' | 'skip';
  /** All other files that are not hidden: formats that sharp does not read, dangling links. A warning counts them. */
  readonly leftOut: readonly LeftOut[];
  /** Images that could not be read so far. */
  readonly broken: readonly LeftOut[];
  get(index: number, random: RandomSource): Promise<[input: tf.Tensor3D, target: tf.Tensor3D]>;
}

const where = 'pairedFolder';
const entries = {
  ...imageFolderEntries,
  convention: conventionEntry('pytorch'),
  direction: withDefault(oneOf('AtoB', 'BtoA'), 'AtoB'),
};

/**
 * Pairs of images to train or test pix2pix with, sorted by path. Both images of a pair get the same resize, crop and flip. What is
 * listed and how it is decoded is as in {@link imageFolder}; by default sizes and filters are PyTorch's.
 *
 * The headers of all files are read at once, so that pairs that do not match are refused before training starts. With
 * `onError: 'skip'` they are left out when their turn comes instead.
 *
 * @param folders one folder of images that hold A on the left and B on the right, or two folders
 * @throws CycleGANError at once: `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path that is no folder,
 * `INVALID_DATA` for a folder without images, names without partner and images that cannot be read, `INVALID_SHAPE` for
 * pairs of two sizes and images that cannot be halved. On reading as {@link imageFolder}
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
  const { names, paths, leftOut } = files;
  const { onError, direction } = settings;
  const broken = new BrokenImages(where, paths.length, onError);
  /** A and B of a pair, of which the headers have been read. */
  const open = async (pair: readonly string[]): Promise<[PictureFile, PictureFile]> => {
    const pictures = await Promise.all(
      pair.map((file) => broken.reading(file, () => openPicture(file, settings))),
    );
    if (pictures.length === 1) return broken.reading(pair[0]!, () => halves(pictures[0]!));
    const [a, b] = pictures as [PictureFile, PictureFile];
    return broken.reading(pair[0]!, () => sameSize(a, b, pair[1]!));
  };
  if (onError === 'throw') await checkAll(files, open);
  return {
    pairs: true,
    paths,
    names,
    leftOut,
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
          `${where}: there are pairs 0 to ${paths.length - 1}, got ${index}.`,
        );
      }
      const [a, b] = await open(pair);
      const plan = planOne(settings, a.size, random);
      const read = (picture: PictureFile, file: string) =>
        broken.reading(file, () => carryOut(plan, picture));
      const [imageA, imageB] = await both(read(a, pair[0]!), read(b, pair.at(-1)!));
      return direction === 'AtoB' ? [imageA, imageB] : [imageB, imageA];
    },
  };
}

function sameSize(a: PictureFile, b: PictureFile, ofB: string): Promise<[PictureFile, PictureFile]> {
  const [sizeA, sizeB] = [a, b].map(({ size: [height, width] }) => `${width}×${height}`);
  if (sizeA === sizeB) return Promise.resolve([a, b]);
  throw new CycleGANError(
    'INVALID_SHAPE',
    `both images of a pair must have one size, got ${sizeA} pixels, and ${sizeB} of ${show(ofB)}. ` +
      'Resize one of them, or remove both.',
  );
}

/** Opens every pair, a few at a time, and refuses the first in order that does not fit. */
async function checkAll(
  { paths }: PairFiles,
  open: (pair: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const atOnce = 16;
  for (let i = 0; i < paths.length; i += atOnce) {
    const results = await Promise.allSettled(paths.slice(i, i + atOnce).map(open));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
