/**
 * The relativistic losses (Jolicoeur-Martineau 2018), which compare the logits of real images with those of fakes. The losses of
 * both networks need both.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { requireSameShape } from '../shapes.js';
import { logisticToOne, squaresTo } from './logits.js';
import type { AdversarialLoss } from './loss.js';

type Pair = (first: tf.Tensor, second: tf.Tensor) => tf.Scalar;

/** The discriminator's loss is `loss(real, fake)`, the generator's the same with the roles exchanged. */
const relativistic = (name: string, loss: Pair): Pick<AdversarialLoss, 'discriminator' | 'generator'> => ({
  discriminator: loss,
  generator(fake, real) {
    if (real === undefined) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${name}: generator needs the discriminator's logits of real images as second argument, got undefined. ` +
          `The loss is relativistic: call generator(fake, real).`,
      );
    }
    return loss(fake, real);
  },
});

/** RSGAN: each real image is compared with the fake of the same index. */
export const pairwise = () =>
  relativistic('rsgan', (first, second) => {
    requireSameShape('rsgan', { real: first, fake: second }, 'Train on batches and images of one size.');
    return tf.tidy(() => logisticToOne(tf.sub(first, second)));
  });

const toOne = squaresTo(1);
const toMinusOne = squaresTo(-1);

/** RaLSGAN: each image is compared with the mean of the others. */
export const average = () =>
  relativistic('ralsgan', (first, second) =>
    tf.tidy(() => tf.add(toOne(tf.sub(first, tf.mean(second))), toMinusOne(tf.sub(second, tf.mean(first))))),
  );
