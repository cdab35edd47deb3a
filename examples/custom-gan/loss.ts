/**
 * A loss of one's own: least squares, in which real images are worth 0.9 instead of 1 (one-sided label smoothing, Salimans et al. 2016).
 * A discriminator that is never quite sure gives the generator larger gradients.
 */
import * as tf from '@tensorflow/tfjs';
import { type AdversarialLoss, r1Penalty } from 'ts-cyclegan';

/** The mean of (scores − value)². */
const distance = (scores: tf.Tensor, value: number): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.square(tf.sub(scores, value))));

export const smoothLoss: AdversarialLoss = {
  name: 'smooth-lsgan',
  discriminator: (real, fake) => tf.tidy(() => tf.add(distance(real, 0.9), distance(fake, 0))),
  generator: (fake) => distance(fake, 0.9),
  // The discriminator must be flat at real images, which keeps it from learning them by heart.
  penalty: (discriminate, real) => r1Penalty(discriminate, real, 0.1),
  // The loss depends on its arguments only, so that training may replay it.
  pure: true,
};
