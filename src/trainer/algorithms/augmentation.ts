/** The option `augment`: random changes of all images that discriminators see, as draws and inputs of a step. */
import * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { augment, augmentPolicies, type AugmentPolicy, drawsOfImage } from '../../augment/augment.js';
import { uniformValues } from '../../core/draws.js';
import { withDefault } from '../../core/options.js';
import type { RandomSource } from '../../core/random.js';

const phrase = `a list of ${augmentPolicies.map((name) => `"${name}"`).join(', ')}, each at most once`;

/** Schema of the option. */
export const augmentEntry = withDefault(
  v.pipe(
    v.array(v.picklist(augmentPolicies, phrase), phrase),
    v.check((names) => new Set(names).size === names.length, phrase),
  ),
  [],
);

/** Augmentation of the images that discriminators see. */
export interface Augmentation {
  /** The draws of a step. */
  readonly draws: (batch: tf.NamedTensorMap, random: RandomSource) => tf.NamedTensorMap;
  /** Names of the draws for the images of these names. */
  inputs(...names: string[]): string[];
  /**
   * Images as a discriminator sees them.
   *
   * @param x has the draws
   */
  apply(images: tf.Tensor4D, name: string, x: tf.NamedTensorMap): tf.Tensor4D;
}

/** Shows images as they are. */
const none: Augmentation = { draws: () => ({}), inputs: () => [], apply: (images) => images };

/**
 * @param seen for the name of all images that a discriminator sees, the tensor of the batch that has as many
 */
export function augmentationOf(
  policies: readonly AugmentPolicy[],
  seen: Readonly<Record<string, string>>,
): Augmentation {
  if (policies.length === 0) return none;
  const nameOf = (name: string) => `augment ${name}`;
  return {
    draws: (batch, random) =>
      Object.fromEntries(
        Object.entries(seen).map(([name, like]) => {
          const shape: [number, number] = [batch[like]!.shape[0], drawsOfImage(policies)];
          return [nameOf(name), tf.tensor2d(uniformValues(shape, random), shape)];
        }),
      ),
    inputs: (...names) => names.filter((name) => Object.hasOwn(seen, name)).map(nameOf),
    apply: (images, name, x) => augment(images, policies, x[nameOf(name)] as tf.Tensor2D),
  };
}
