/** DiffAugment against the program of the paper's authors, and against finite differences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { augment, augmentPolicies, type AugmentPolicy, drawsOfImage } from '../../src/augment/augment.js';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

interface Case {
  policies: AugmentPolicy[];
  shape: [number, number, number, number];
  draws: number[];
  x: number[];
  /** The gradients are those of sum(y · r). */
  r: number[];
  y: number[];
  gradient: number[];
}

const file = join(import.meta.dirname, 'fixtures/diffaugment.json'); // made by make.py
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

/** Values from [0, 1), [batch, those of an image]. */
const drawsFor = (policies: readonly AugmentPolicy[], batch: number, seed = 3): tf.Tensor2D =>
  tf.tidy(() => tf.mul(tf.add(scattered([batch, drawsOfImage(policies)], seed), 1), 0.5));

describe.each(cases)(
  '$policies of images of size $shape',
  ({ policies, shape, draws, x, r, y, gradient }) => {
    it('has the values and the gradients of the program in PyTorch', () =>
      withoutLeaks(async () => {
        const tensors = [tf.tensor4d(x, shape), tf.tensor4d(r, shape), tf.tensor2d(draws, [shape[0], drawsOfImage(policies)])] as const; // prettier-ignore
        const [images, weights, values] = tensors;
        const seen = tf.tidy(() => augment(images, policies, values));
        const slope = tf.grad((t) => tf.sum(tf.mul(augment(t as tf.Tensor4D, policies, values), weights)))(
          images,
        );
        expect(await seen.data()).toBeAllClose(y, { atol: 2e-6 });
        expect(await slope.data()).toBeAllClose(gradient, { atol: 1e-5 });
        tf.dispose([...tensors, seen, slope]);
      }));
  },
);

it.each<[string, AugmentPolicy[]]>([
  ['color', ['color']],
  ['all', [...augmentPolicies]],
])('the gradient is that of finite differences: %s', (_, policies) =>
  withoutLeaks(async () => {
    const [x, draws] = [scattered([2, 4, 4, 3]), drawsFor(policies, 2)];
    const loss = (t: tf.Tensor) => tf.sum(tf.square(augment(t as tf.Tensor4D, policies, draws)));
    const gradient = tf.grad(loss)(x);
    expect(await gradient.data()).toBeAllClose(await finiteDifferences(loss, x), { atol: 5e-3 });
    tf.dispose([x, draws, gradient]);
  }),
);

it('the gradient has a gradient', () =>
  withoutLeaks(async () => {
    const [x, draws] = [scattered([1, 4, 4, 1]), drawsFor(augmentPolicies, 1)];
    const cubes = tf.grad((t) => tf.sum(tf.pow(augment(t as tf.Tensor4D, augmentPolicies, draws), 3)));
    const norm = (t: tf.Tensor) => tf.sum(tf.square(cubes(t)));
    const gradient = tf.grad(norm)(x);
    expect(await gradient.data()).toBeAllClose(await finiteDifferences(norm, x), { rtol: 2e-2, atol: 2e-2 });
    tf.dispose([x, draws, gradient]);
  }));

it('draws of 1, to which values just below 1 are rounded, stay inside of the image', () =>
  withoutLeaks(async () => {
    const x = tf.ones<tf.Rank.R4>([1, 8, 8, 1]);
    const [one, below] = [1, 0.999].map((value) => tf.fill<tf.Rank.R2>([1, 4], value));
    const [got, want] = [one!, below!].map((draws) =>
      tf.tidy(() => augment(x, ['translation', 'cutout'], draws)),
    );
    expect(await got!.array()).toEqual(await want!.array());
    tf.dispose([x, one!, below!, got!, want!]);
  }));

it('gives each image of a batch what it gives the image alone', () =>
  withoutLeaks(async () => {
    const [x, draws] = [scattered([3, 8, 6, 2]) as tf.Tensor4D, drawsFor(augmentPolicies, 3)];
    const [together, apart] = tf.tidy(() => {
      const images = tf.split(x, 3);
      const own = tf.split(draws, 3);
      return [
        augment(x, augmentPolicies, draws),
        tf.concat(
          images.map((image, i) => augment(image as tf.Tensor4D, augmentPolicies, own[i] as tf.Tensor2D)),
        ),
      ] as const;
    });
    expect(await together.data()).toBeAllClose(await apart.data(), { atol: 1e-6 });
    tf.dispose([x, draws, together, apart]);
  }));
