/** Sets of pictures in every form in which users have them: folders, arrays, iterables, tf.data.Datasets. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { RandomSource } from '../core/random.js';

/** A set of pictures of known length that can be read in any order, such as a folder. */
export interface ImageSource {
  /** How many pictures there are. */
  readonly length: number;
  /**
   * Picture `index` as a new tensor [h, w, c] in [−1, 1] that belongs to the caller. Random crops and flips
   * draw from `random`, which serves this call alone, so that pictures may be read at the same time.
   */
  get(index: number, random: RandomSource): Promise<tf.Tensor3D> | tf.Tensor3D;
  /**
   * Names of the images by index, each another. The order of an epoch depends on the names and the seed alone, so
   * that an epoch that was interrupted shows every other image once after images have come or gone.
   * @default the indices
   */
  readonly names?: readonly string[];
  /**
   * What an epoch does about an image for which `get` fails with a `CycleGANError` `INVALID_DATA`, `INVALID_SHAPE` or
   * `NOT_FOUND`: it fails as well, or it leaves the image out.
   * @default 'throw'
   */
  readonly onError?: 'throw' | 'skip';
}

/** What a `tf.data.Dataset` of pictures looks like; the package @tensorflow/tfjs-data is not needed. */
export interface ImageDataset {
  /** Starts a pass over the pictures. */
  iterator(): Promise<{
    /** The next picture or batch, which is then the caller's. */
    next(): Promise<IteratorResult<tf.Tensor>>;
  }>;
}

/**
 * Pictures for training: tensors [h, w, c], or batches of them [n, h, w, c], in [−1, 1].
 *
 * Tensors in an array stay the caller's. Any other iterable, and a `tf.data.Dataset`, hands its tensors over.
 */
export type Images = ImageSource | Iterable<tf.Tensor> | AsyncIterable<tf.Tensor> | ImageDataset;

/** Pictures that can only be passed over from the start. */
export type ImageStream = Exclude<Images, ImageSource>;

export const isSource = (images: ImageSource | ImageStream): images is ImageSource => 'get' in images;

/**
 * An array becomes a source of copies; whatever else is left as it is.
 *
 * @param where, name the function and argument for messages
 * @throws CycleGANError `INVALID_ARGUMENT` for what is no set of pictures, `INVALID_DATA` for an empty one
 */
export function openImages(images: Images, where: string, name: string): ImageSource | ImageStream {
  const given: unknown = images;
  const known =
    typeof given === 'object' &&
    given !== null &&
    (Symbol.iterator in given || Symbol.asyncIterator in given || 'iterator' in given || 'get' in given);
  if (!known) {
    const hint =
      given instanceof tf.Tensor
        ? ' Put it in an array, or take it apart with tf.unstack.'
        : typeof given === 'string'
          ? ' imageFolder of ts-cyclegan/node reads a folder.'
          : '';
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: ${name} must be a folder of pictures, an array or (async) iterable of tensors, ` +
        `or a tf.data.Dataset, got ${show(given)}.${hint}`,
    );
  }
  if ((Array.isArray(images) || isSource(images)) && images.length === 0) throw nothingIn(where, name);
  if (isSource(images)) checkNames(images, where, name);
  if (!Array.isArray(images)) return images;
  const tensors = images as tf.Tensor3D[];
  return { length: tensors.length, get: (index) => tf.clone(tensors[index]!) };
}

/** Two images of one name would be one to an epoch that is resumed. */
function checkNames({ names, length }: ImageSource, where: string, name: string): void {
  if (!names || (names.length === length && new Set(names).size === length)) return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: the names of ${name} must be one for each of its ${length} images, all different, ` +
      `got ${names.length}, of which ${new Set(names).size} are different.`,
  );
}

/** The error about an empty set. */
export const nothingIn = (where: string, name: string, hint = ''): CycleGANError =>
  new CycleGANError('INVALID_DATA', `${where}: ${name} must hold at least one picture, got none.${hint}`);
