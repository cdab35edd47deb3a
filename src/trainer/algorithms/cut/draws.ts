/**
 * The random tensors of a step, by name: `places-NCE-0`, `places-NCE-1` … and `places-NCE_Y-0` …, the places that are compared in the
 * feature maps of each layer, row · width + column.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomSource } from '../../../core/random.js';

/** The loss that compares A's images, and the one that compares B's. */
export const nceLosses = { a: 'NCE', b: 'NCE_Y' } as const;

/** The set that images come from. */
export type Side = keyof typeof nceLosses;

/** A random tensor of places. */
export interface PlacesDraw {
  readonly shape: readonly [count: number];
  /** Width of the feature map. */
  readonly width: number;
  /** The count of its pixels. */
  readonly below: number;
}

/** The name of the places in the feature map of a layer. */
export const placesName = (side: Side, layer: number): string => `places-${nceLosses[side]}-${layer}`;

/**
 * The random tensors of a side.
 *
 * @param sizes height and width of the feature maps
 */
export const placesOf = (
  side: Side,
  sizes: readonly (readonly [height: number, width: number])[],
  patches: number,
): Record<string, PlacesDraw> =>
  Object.fromEntries(
    sizes.map(([height, width], i) => [
      placesName(side, i),
      { shape: [Math.min(patches, height * width)], width, below: height * width },
    ]),
  );

/** Different places in random order. */
export function drawPlaces({ shape: [count], below }: PlacesDraw, random: RandomSource): tf.Tensor1D {
  // a shuffle (Fisher and Yates) of which only the first places are kept
  const moved = new Map<number, number>();
  const places = Int32Array.from({ length: count }, (_, i) => {
    const j = i + random.index(below - i);
    const place = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return place;
  });
  return tf.tensor1d(places, 'int32');
}

/** The same places of a feature map that is flipped from left to right. */
export const mirrored = (places: tf.Tensor, { width }: PlacesDraw): tf.Tensor =>
  tf.tidy(() => {
    const column = tf.mod(places, tf.scalar(width, 'int32'));
    const [twice, last] = [tf.scalar(2, 'int32'), tf.scalar(width - 1, 'int32')];
    return tf.sub(tf.add(places, last), tf.mul(twice, column));
  });
