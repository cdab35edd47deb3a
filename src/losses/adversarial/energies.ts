/**
 * The losses of discriminators that are auto-encoders: EBGAN (Zhao et al. 2017) and BEGAN (Berthelot et al. 2017). The score of
 * an image is its energy, which is the reconstruction error of the auto-encoder.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { requireSameShape, requireShape } from '../shapes.js';
import { below, mean } from './logits.js';
import { separable } from './loss.js';

/** The norm of each row. 1e-16 is added because the square root has no gradient at 0. */
const norms = (rows: tf.Tensor): tf.Tensor2D =>
  tf.sqrt<tf.Tensor2D>(tf.add(tf.sum(tf.square(rows), 1, true), 1e-16));

const asRows = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.shape[0], -1]);

/** The differences as one row per image. */
function differences(where: string, images: tf.Tensor, reconstructions: tf.Tensor): tf.Tensor2D {
  const advice = 'A discriminator that is an auto-encoder must return images of the size of its input.';
  requireShape(where, 'images', images, 'a batch of images', ({ length }) => length > 1);
  requireSameShape(where, { images, reconstructions }, advice);
  return asRows(tf.sub(reconstructions, images));
}

/**
 * EBGAN's energies: ‖D(x) − x‖₂ of each image x.
 *
 * @param images [B, H, W, C], or any shape that starts with B
 * @param reconstructions the output of the auto-encoder, of the same shape
 * @returns [B]
 * @throws CycleGANError `INVALID_SHAPE`
 */
export const euclideanEnergy = (images: tf.Tensor, reconstructions: tf.Tensor): tf.Tensor1D =>
  tf.tidy(() => tf.squeeze(norms(differences('euclideanEnergy', images, reconstructions)), [1]));

/**
 * BEGAN's energies: the mean of |D(x) − x| over each image x.
 *
 * @param images [B, H, W, C], or any shape that starts with B
 * @param reconstructions the output of the auto-encoder, of the same shape
 * @returns [B]
 * @throws CycleGANError `INVALID_SHAPE`
 */
export const absoluteEnergy = (images: tf.Tensor, reconstructions: tf.Tensor): tf.Tensor1D =>
  tf.tidy(() => {
    const x = differences('absoluteEnergy', images, reconstructions);
    return tf.mean(tf.mul(x, tf.sign(x)), 1); // the gradient of tf.abs is −1 at 0
  });

/**
 * EBGAN's pull-away term: the mean squared cosine between the codes of two different images. It prevents the generator from
 * generating similar images only.
 *
 * @param codes the codes of the fakes, [B, …] with B of 2 or more
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function pullAwayTerm(codes: tf.Tensor): tf.Scalar {
  const fits = ([batch = 0, ...rest]: readonly number[]) => batch > 1 && rest.length > 0;
  requireShape('pullAwayTerm', 'codes', codes, '[batch, …] with a batch of 2 or more', fits);
  const batch = codes.shape[0];
  return tf.tidy(() => {
    const rows = asRows(codes);
    const units = tf.div<tf.Tensor2D>(rows, norms(rows));
    const all = tf.sum(tf.square(tf.matMul(units, units, false, true)));
    const withThemselves = tf.sum(tf.square(tf.sum(tf.square(units), 1)));
    return tf.mul(tf.sub(all, withThemselves), 1 / (batch * (batch - 1)));
  });
}

export const ebgan = ({ margin, pullAway }: { margin: number; pullAway: number }) => ({
  ...separable(mean, below(margin), mean),
  energy: euclideanEnergy,
  pullAway,
});

/** The balance of BEGAN's networks. k and the losses are scalar tensors, so that a step with them can be replayed. */
export interface Balance {
  /** k before the first step. */
  readonly start: number;
  /**
   * k after a step: min(1, max(0, k + λ_k (γ L(x) − L(G(z))))).
   *
   * @param real L(x), the mean energy of the real images in the discriminator's update
   * @param fake L(G(z)), the generator's loss
   */
  next(k: tf.Scalar, real: tf.Scalar, fake: tf.Scalar): tf.Scalar;
  /** M = L(x) + |γ L(x) − L(G(z))|, which decreases as training converges. The arguments are those of `next`. */
  convergence(real: tf.Scalar, fake: tf.Scalar): tf.Scalar;
}

export function began({ gamma, lambdaK, k: start }: { gamma: number; lambdaK: number; k: number }) {
  const imbalance = (real: tf.Scalar, fake: tf.Scalar) => tf.sub<tf.Scalar>(tf.mul(real, gamma), fake);
  const balance: Balance = {
    start,
    next: (k, real, fake) =>
      tf.tidy(() => tf.clipByValue(tf.add(k, tf.mul(imbalance(real, fake), lambdaK)), 0, 1)),
    convergence: (real, fake) => tf.tidy(() => tf.add(real, tf.abs(imbalance(real, fake)))),
  };
  return {
    discriminator(real: tf.Tensor, fake: tf.Tensor, k?: tf.Scalar): tf.Scalar {
      if (k === undefined) {
        throw new CycleGANError(
          'INVALID_ARGUMENT',
          `began: discriminator needs k, a scalar, as third argument, got ${show(k)}. ` +
            `Pass balance.start in the first step, then the result of balance.next.`,
        );
      }
      return tf.tidy(() => tf.sub(mean(real), tf.mul(k, mean(fake))));
    },
    generator: (fake: tf.Tensor) => mean(fake),
    energy: absoluteEnergy,
    balance: Object.freeze(balance),
  };
}
