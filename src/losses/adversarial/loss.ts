/** The interface of adversarial losses, which training algorithms use and your own losses implement. */
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from '../../core/draws.js';
import { frozenView } from '../../core/frozen-copy.js';
import type { Discriminate } from '../gradient-penalty.js';

/**
 * The losses that a generator and its discriminator minimize, as functions of the scores of the discriminator.
 *
 * Scores are logits of any shape, such as [B, 1], or [B, h, w, 1] for a patch discriminator. For an auto-encoder they are one
 * energy per image, [B]. {@link adversarialLoss} and {@link ganLoss} create common losses. Any object with this interface can be
 * used.
 *
 * @see [GAN losses](../../../docs/losses.md)
 */
export interface AdversarialLoss {
  /** The name, for messages and logs. */
  readonly name: string;
  /** The discriminator's loss. Algorithms that halve it, such as CycleGAN, apply the ½ themselves. */
  discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  /**
   * The generator's loss.
   *
   * @param real the scores of real images; only relativistic losses need them
   */
  generator(fake: tf.Tensor, real?: tf.Tensor): tf.Scalar;
  /** Whether `generator` needs the scores of real images. */
  readonly relativistic?: boolean;
  /**
   * A penalty that is added to the discriminator's loss and is never halved. Images are [B, H, W, C].
   *
   * @param draws the source of random tensors
   */
  penalty?(discriminate: Discriminate, real: tf.Tensor4D, fake: tf.Tensor4D, draws: Draws): tf.Scalar;
  /** If given, the weights of the discriminator are clipped to [−clip, clip] after each update. */
  readonly clip?: number;
  /**
   * Whether the loss depends on its arguments only, so that training may replay its computation instead of calling it. Omit it if
   * the loss counts its calls, uses other random values or changes over time.
   */
  readonly pure?: boolean;
}

/** A loss in which the discriminator's loss is the sum of a loss on real images and a loss on fakes. */
export interface SeparableLoss extends AdversarialLoss {
  /** The discriminator's loss on real images. */
  discriminatorReal(real: tf.Tensor): tf.Scalar;
  /** The discriminator's loss on fakes. */
  discriminatorFake(fake: tf.Tensor): tf.Scalar;
}

/** A loss of the scores of real images or of fakes. */
export type ScoreLoss = (scores: tf.Tensor) => tf.Scalar;

/** Creates a separable loss from three functions. */
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

/** Whether `value` has the required methods of a loss. */
export const isAdversarialLoss = (value: unknown): value is AdversarialLoss =>
  typeof value === 'object' &&
  value !== null &&
  ['discriminator', 'generator'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );

/** Whether a loss tells the discriminator's loss on real images from that on fakes. */
export const isSeparable = (loss: AdversarialLoss): loss is SeparableLoss =>
  ['discriminatorReal', 'discriminatorFake'].every(
    (name) => typeof (loss as unknown as Record<string, unknown>)[name] === 'function',
  );

/** The members of every loss. */
const members = ['name', 'discriminator', 'generator', 'relativistic', 'penalty', 'clip', 'pure'] as const;

/**
 * An immutable loss: `loss` itself if it is frozen, else a frozen view.
 *
 * @param more members of this kind of loss
 */
export const fixedLoss = <T extends AdversarialLoss>(loss: T, ...more: (keyof T)[]): T =>
  Object.isFrozen(loss) ? loss : frozenView(loss, [...members, ...more]);
