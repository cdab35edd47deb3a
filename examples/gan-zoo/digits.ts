/** The 10,000 handwritten digits of the package `mnist`: 28 x 28 pixels, from MNIST (LeCun, Cortes and Burges). */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import type { ImageSource } from 'ts-cyclegan';

/** Of each class this many are kept aside: neither the GANs nor the classifier train on them. */
const keptAside = 100;
const pixels = 28 * 28;

/** Images with their classes. */
export interface Digits extends ImageSource {
  readonly labels: readonly number[];
  /** Images as one batch [n, 28, 28, 1] in [-1, 1]. */
  batch(indices: readonly number[]): tf.Tensor4D;
}

const require = createRequire(import.meta.url);

/** Levels from 0 to 1 of all images of a class, one after another. The package's own functions draw with Math.random. */
const levelsOf = (digit: number): number[] =>
  (require(`mnist/src/digits/${digit}.json`) as { data: number[] }).data;

/** @param perClass at most so many of each class to train on */
export function loadDigits(perClass = Infinity): { training: Digits; test: Digits } {
  const training: Float32Array[] = [];
  const test: Float32Array[] = [];
  const labels = { training: [] as number[], test: [] as number[] };
  for (let digit = 0; digit < 10; digit++) {
    const levels = levelsOf(digit);
    const count = Math.floor(levels.length / pixels);
    for (let i = 0; i < count; i++) {
      const image = Float32Array.from(levels.slice(i * pixels, (i + 1) * pixels), (level) => 2 * level - 1);
      const isTest = i >= count - keptAside;
      if (!isTest && i >= perClass) continue;
      (isTest ? test : training).push(image);
      labels[isTest ? 'test' : 'training'].push(digit);
    }
  }
  return { training: digitsOf(training, labels.training), test: digitsOf(test, labels.test) };
}

const digitsOf = (images: readonly Float32Array[], labels: readonly number[]): Digits => ({
  length: images.length,
  labels,
  get: (index) => tf.tensor3d(images[index]!, [28, 28, 1]),
  batch(indices) {
    const values = new Float32Array(indices.length * pixels);
    indices.forEach((index, i) => {
      values.set(images[index]!, i * pixels);
    });
    return tf.tensor4d(values, [indices.length, 28, 28, 1]);
  },
});
