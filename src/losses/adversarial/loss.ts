/** What an adversarial loss is: the interface that every training algorithm reads, and that losses of your own implement. */
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from '../../core/draws.js';
import { frozenView } from '../../core/frozen-copy.js';
import type { Discriminate } from '../gradient-penalty.js';

/**
 * What a generator and its discriminator minimise, given the scores of the discriminator: logits of any shape, [B, 1] or
 * [B, h, w, 1] from a patch discriminator, or one energy [B] for each image from an auto-encoder. {@link adversarialLoss} and
 * {@link ganLoss} give the usual ones; any object of this form works.
 *
 * @see [GAN losses](../../../docs/losses.md)
 */
export interface AdversarialLoss {
  /** For messages and logs. */
  readonly name: string;
  /** The discriminator's loss. It is whole: an algorithm that halves it does so itself. */
  discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  /**
   * The generator's loss.
   *
   * @param real the scores of real images, which only a relativistic loss needs
   */
  generator(fake: tf.Tensor, real?: tf.Tensor): tf.Scalar;
  /** Whether `generator` needs the scores of real images. */
  readonly relativistic?: boolean;
  /**
   * Added to the discriminator's loss, never halved. Images are [B, H, W, C].
   *
   * @param draws where its random tensors come from
   */
  penalty?(discriminate: Discriminate, real: tf.Tensor4D, fake: tf.Tensor4D, draws: Draws): tf.Scalar;
  /** If given, each update of a discriminator ends with clipping its weights to [−clip, clip]. */
  readonly clip?: number;
  /**
   * Whether the loss depends on its arguments alone, so that training may replay its computation instead of calling it.
   * Leave it out for a loss that counts its calls, draws at random or changes over time.
   */
  readonly pure?: boolean;
}

/** A loss whose discriminator's loss is the sum of one for real images and one for fakes. */
export interface SeparableLoss extends AdversarialLoss {
  /** The discriminator's loss on real images. */
  discriminatorReal(real: tf.Tensor): tf.Scalar;
  /** The discriminator's loss on fakes. */
  discriminatorFake(fake: tf.Tensor): tf.Scalar;
}

/** A function of the scores of real images, or of those of fakes. */
export type ScoreLoss = (scores: tf.Tensor) => tf.Scalar;

/** A separable loss from its three functions. */
export const separable = (
  discriminatorReal: ScoreLoss,
  discriminatorFake: ScoreLoss,
  generator: ScoreLoss,
): Omit<SeparableLoss, 'name'> => ({
  discriminator: (real, fake) => tf.tidy(() => tf.add(discriminatorReal(real), discriminatorFake(fake))),
  discriminatorReal,
  discriminatorFake,
  generator: (fake) => generator(fake),
});

/** Whether `value` has what every loss has. */
export const isAdversarialLoss = (value: unknown): value is AdversarialLoss =>
  typeof value === 'object' &&
  value !== null &&
  ['discriminator', 'generator'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );

/** What training reads of any loss. */
const members = ['name', 'discriminator', 'generator', 'relativistic', 'penalty', 'clip', 'pure'] as const;

/**
 * A loss that cannot be changed any more: a frozen one as it is, another as it is now.
 *
 * @param more what training reads of this kind of loss besides
 */
export const fixedLoss = <T extends AdversarialLoss>(loss: T, ...more: (keyof T)[]): T =>
  Object.isFrozen(loss) ? loss : frozenView(loss, [...members, ...more]);
