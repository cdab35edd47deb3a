/** The images of the sheets of samples: the first ones that can be read, so that a broken test image does not end a run. */
import * as tf from '@tensorflow/tfjs-core';
import { isCycleGANError } from '../../core/errors.js';
import { Random, type RandomSource } from '../../core/random.js';

/** A folder of images or of pairs. */
interface Source<T> {
  readonly length?: number | undefined;
  readonly names?: readonly string[];
  get(index: number, random: RandomSource): Promise<T>;
}

/**
 * The first images of a source that can be read, as a source of their own.
 *
 * @param most how many
 * @returns undefined if none can be read
 * @throws CycleGANError the errors of the source, but for broken images
 */
export async function heldImages<T extends tf.TensorContainer, S extends Source<T>>(
  source: S,
  most: number,
): Promise<S | undefined> {
  const { length = 0, names } = source;
  const indices: number[] = [];
  for (let i = 0; i < length && indices.length < most; i++) {
    try {
      tf.dispose(await source.get(i, new Random(i)));
      indices.push(i);
    } catch (error) {
      if (!isCycleGANError(error, 'INVALID_DATA') && !isCycleGANError(error, 'NOT_FOUND')) throw error;
    }
  }
  if (indices.length === 0) return undefined;
  const get = (index: number, random: RandomSource) => source.get(indices[index]!, random);
  const own = names === undefined ? {} : { names: indices.map((i) => names[i]!) };
  return { ...('pairs' in source && { pairs: true }), length: indices.length, ...own, get } as unknown as S;
}
