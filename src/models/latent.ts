/** What a generator makes images from: noise, then a one-hot label, then continuous codes. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../core/random.js';

/** The parts of a generator's input, in their order. */
export interface LatentParts {
  /** Values of noise, z, from the normal distribution of mean 0 and standard deviation 1. */
  readonly latentSize: number;
  /** Classes of a one-hot label or categorical code; 0 for none. */
  readonly classes: number;
  /** Continuous codes, from −1 to 1; 0 for none. */
  readonly continuous: number;
}

/** How long a generator's input is. */
export const latentLength = ({ latentSize, classes, continuous }: LatentParts): number =>
  latentSize + classes + continuous;

/** The inputs of several images. */
export interface LatentValues {
  /** [count, latentSize], row by row. */
  noise: Float32Array;
  /** One class for each image; empty if there are none. */
  labels: readonly number[];
  /** [count, continuous], row by row. */
  codes: Float32Array;
}

/**
 * Draws inputs image by image, so that the first images are the same however many there are. Labels and codes that are given
 * stand in for those that are drawn; the noise is the same with and without them.
 */
export function drawLatent(
  { latentSize, classes, continuous }: LatentParts,
  count: number,
  random: Random,
  given: { labels?: readonly number[] | undefined; codes?: readonly (readonly number[])[] | undefined } = {},
): LatentValues {
  const noise = new Float32Array(count * latentSize);
  const codes = new Float32Array(count * continuous);
  const labels: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < latentSize; j++) noise[i * latentSize + j] = random.normal();
    if (classes > 0) {
      const drawn = random.index(classes);
      labels.push(given.labels?.[i] ?? drawn);
    }
    for (let j = 0; j < continuous; j++) {
      const drawn = 2 * random.uniform() - 1;
      codes[i * continuous + j] = given.codes?.[i]?.[j] ?? drawn;
    }
  }
  return { noise, labels, codes };
}

/** [count, latentSize + classes + continuous]: what the generator takes. */
export function latentTensor(
  parts: LatentParts,
  count: number,
  { noise, labels, codes }: LatentValues,
): tf.Tensor2D {
  const { latentSize, classes, continuous } = parts;
  const length = latentLength(parts);
  const rows = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    rows.set(noise.subarray(i * latentSize, (i + 1) * latentSize), i * length);
    if (classes > 0) rows[i * length + latentSize + labels[i]!] = 1;
    rows.set(codes.subarray(i * continuous, (i + 1) * continuous), i * length + latentSize + classes);
  }
  return tf.tensor2d(rows, [count, length]);
}
