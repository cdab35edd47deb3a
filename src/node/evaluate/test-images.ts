/** The test images of a folder: two unpaired sets, or pairs. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { Random } from '../../core/random.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { imageFolder } from '../images/image-folder.js';
import type { ImageFolderOptions } from '../images/image-set.js';
import { pairedFolder } from '../images/paired-folder.js';

/** Test images of one direction. */
export interface TestImages {
  readonly names: readonly string[];
  /** Returns an input, and its true translation if there are pairs. The caller disposes of them. */
  get(index: number): Promise<[input: tf.Tensor3D, truth: tf.Tensor3D | undefined]>;
  /** Real images of the domain that is translated to; none without such a folder. */
  readonly realCount: number;
  /** The caller disposes of the image. */
  real(index: number): Promise<tf.Tensor3D>;
  /** Training images of that domain, for nearest neighbours. */
  readonly training:
    { readonly names: readonly string[]; get(index: number): Promise<tf.Tensor3D> } | undefined;
}

/** How images are read. */
export interface ReadOptions {
  size: number;
  convention: 'keras' | 'pytorch';
  /** Channels of the inputs and of the outputs of the model. */
  channels: readonly [input: 1 | 3 | 4, output: 1 | 3 | 4];
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** A source of random values for images that are read without crops and flips. */
const still = () => new Random(0);

/** @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT` */
export function checkTestFolder(data: string): void {
  if (isFolder(data)) return;
  const exists = statSync(data, { throwIfNoEntry: false }) !== undefined;
  throw new CycleGANError(
    exists ? 'INVALID_ARGUMENT' : 'NOT_FOUND',
    exists
      ? `--data must be a folder, but ${show(data)} is a file.`
      : `--data: there is no folder ${show(data)}.`,
  );
}

/**
 * Opens the test images for a direction.
 *
 * @throws CycleGANError `NOT_FOUND`, `INVALID_DATA`, `INVALID_SHAPE`
 */
export async function openTestImages(
  data: string,
  pairs: boolean,
  direction: Direction,
  options: ReadOptions,
): Promise<TestImages> {
  const training = trainingImages(data, direction, options);
  const images = pairs
    ? await pairedImages(data, direction, options)
    : unpairedImages(data, direction, options);
  return { ...images, training };
}

const readingOf = ({ size, convention }: ReadOptions, channels: 1 | 3 | 4): ImageFolderOptions => ({
  convention,
  cropSize: size,
  channels,
  training: false,
});

function unpairedImages(
  data: string,
  direction: Direction,
  options: ReadOptions,
): Omit<TestImages, 'training'> {
  const [from, to] = direction === 'AtoB' ? ['testA', 'testB'] : ['testB', 'testA'];
  if (!isFolder(join(data, from))) {
    throw new CycleGANError(
      'NOT_FOUND',
      `the folder ${show(data)} must have a folder "${from}" with test images for ${direction}. Add it, choose another --direction, or pass --pairs for a folder of pairs.`,
    );
  }
  const inputs = imageFolder(join(data, from), readingOf(options, options.channels[0]));
  const hasReal = isFolder(join(data, to));
  const real = hasReal ? imageFolder(join(data, to), readingOf(options, options.channels[1])) : undefined;
  return {
    names: inputs.names,
    get: async (index) => [await inputs.get(index, still()), undefined],
    realCount: real?.length ?? 0,
    real: (index) => real!.get(index, still()),
  };
}

async function pairedImages(
  data: string,
  direction: Direction,
  options: ReadOptions,
): Promise<Omit<TestImages, 'training'>> {
  const [input, output] = options.channels;
  if (input !== output) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `--pairs reads both images of a pair with the same channels, but the model translates ${input} to ${output}. ` +
        'Leave --pairs out, or use the functions of ts-cyclegan/metrics.',
    );
  }
  const pairs = await pairedFolder(foldersOf(data), readingOf(options, input));
  const order = direction === 'AtoB' ? ([0, 1] as const) : ([1, 0] as const);
  const get = async (index: number) => {
    const pair = await pairs.get(index, still());
    return [pair[order[0]], pair[order[1]]] as [tf.Tensor3D, tf.Tensor3D];
  };
  return {
    names: pairs.names,
    get,
    realCount: pairs.length,
    real: async (index) => {
      const [unused, real] = await get(index);
      unused.dispose();
      return real;
    },
  };
}

/** The folders of test pairs: testA and testB, a folder `test` or `val` of pairs side by side, or the folder itself. */
export function foldersOf(data: string): string | { a: string; b: string } {
  for (const name of ['test', 'val']) {
    const [a, b] = [join(data, `${name}A`), join(data, `${name}B`)];
    if (isFolder(a) && isFolder(b)) return { a, b };
    if (isFolder(join(data, name))) return join(data, name);
  }
  return data;
}

function trainingImages(data: string, direction: Direction, options: ReadOptions): TestImages['training'] {
  const folder = join(data, direction === 'AtoB' ? 'trainB' : 'trainA');
  if (!isFolder(folder)) return undefined;
  const images = imageFolder(folder, readingOf(options, options.channels[1]));
  return { names: images.names, get: (index) => images.get(index, still()) };
}
