/** Sets of images: folders, arrays, iterables and `tf.data.Dataset`s. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { RandomSource } from '../core/random.js';

/** A set of images of known length that can be read in any order, such as a folder. */
export interface ImageSource {
  /** The number of images. */
  readonly length: number;
  /**
   * Returns image `index` as a new tensor [h, w, c] in [−1, 1], which the caller owns. Random crops and flips use `random`. Each
   * call has a random source of its own, so images can be read at the same time.
   */
  get(index: number, random: RandomSource): Promise<tf.Tensor3D> | tf.Tensor3D;
  /**
   * Unique names of the images, by index. The order of an epoch depends only on the names and the seed. If images are added or
   * removed, a resumed epoch still shows each other image once.
   * @default the indices
   */
  readonly names?: readonly string[];
  /**
   * Whether an epoch throws or skips the image if `get` fails with a `CycleGANError` `INVALID_DATA`, `INVALID_SHAPE` or
   * `NOT_FOUND`.
   * @default 'throw'
   */
  readonly onError?: 'throw' | 'skip';
}

/** The interface of a `tf.data.Dataset` of images. The package `@tensorflow/tfjs-data` is not required. */
export interface ImageDataset {
  /** Starts a pass over the images. */
  iterator(): Promise<{
    /** Returns the next image or batch, which the caller owns. */
    next(): Promise<IteratorResult<tf.Tensor>>;
  }>;
}

/**
 * Images for training: tensors [h, w, c], or batches of them [n, h, w, c], in [−1, 1].
 *
 * Tensors in an array stay the caller's. Tensors from other iterables and from a `tf.data.Dataset` are disposed after use.
 */
export type Images = ImageSource | Iterable<tf.Tensor> | AsyncIterable<tf.Tensor> | ImageDataset;

/** Images that can only be read in their own order. */
export type ImageStream = Exclude<Images, ImageSource>;

export const isSource = (images: ImageSource | ImageStream): images is ImageSource => 'get' in images;

/**
 * Checks a set of images. An array becomes a source that copies its tensors; other sets are returned as they are.
 *
 * @param where name of the function, for messages
 * @param name name of the argument, for messages
 * @throws CycleGANError `INVALID_ARGUMENT` for values that are not a set of images, `INVALID_DATA` for an empty set
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
        ? ' Put it into an array, or split it with tf.unstack.'
        : typeof given === 'string'
          ? ' imageFolder of ts-cyclegan/node reads a folder.'
          : '';
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: ${name} must be a folder of images, an array or (async) iterable of tensors, ` +
        `or a tf.data.Dataset, got ${show(given)}.${hint}`,
    );
  }
  if ((Array.isArray(images) || isSource(images)) && images.length === 0) throw nothingIn(where, name);
  if (isSource(images)) checkNames(images, where, name);
  if (!Array.isArray(images)) return images;
  const tensors = images as tf.Tensor3D[];
  return { length: tensors.length, get: (index) => tf.clone(tensors[index]!) };
}

/** Refuses names that are not unique: a resumed epoch could not tell the images apart. */
function checkNames({ names, length }: ImageSource, where: string, name: string): void {
  if (!names || (names.length === length && areUnique(names))) return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: ${name} must have one unique name for each of its ${length} images, got ${names.length} names, ` +
      `${new Set(names).size} of them unique.`,
  );
}

/** Sorted names, such as those of a folder, are compared with their neighbours: a set of a million names takes long. */
const areUnique = (names: readonly string[]): boolean =>
  names.every((name, i) => i === 0 || names[i - 1]! < name) || new Set(names).size === names.length;

/** The error for an empty set. */
export const nothingIn = (where: string, name: string, hint = ''): CycleGANError =>
  new CycleGANError('INVALID_DATA', `${where}: ${name} must have at least one image, got none.${hint}`);
