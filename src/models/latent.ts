/** The inputs of a generator: noise, a one-hot label and continuous codes, in this order. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../core/random.js';

/** The parts of a generator's input, in their order. */
export interface LatentParts {
  /** The length of the noise vector z, which has the standard normal distribution. */
  readonly latentSize: number;
  /** The count of classes of a one-hot label or categorical code; 0 for none. */
  readonly classes: number;
  /** The count of continuous codes, which are in [−1, 1]; 0 for none. */
  readonly continuous: number;
}

/** The length of a generator's input. */
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
 * Draws inputs image by image, so that the first images do not depend on the count. Given labels and codes replace the drawn
 * ones and do not change the noise.
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

/** The inputs of several images as a tensor [count, latentSize + classes + continuous]. */
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
