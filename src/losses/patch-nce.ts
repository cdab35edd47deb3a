/**
 * PatchNCE (Park et al. 2020, equations 3 and 4): a patch of a translated image should resemble the same patch of the original more
 * than any other patch of it.
 */
import * as tf from '@tensorflow/tfjs-core';

/** CUT's program lists each own patch among the others, with this similarity. */
const ownAmongOthers = -10;

/**
 * The cross-entropy of finding the own patch among all patches of the same image.
 *
 * @param queries vectors of length 1 of the patches of translated images, [B, patches, D]
 * @param keys those of the originals, likewise; constants to the gradient
 * @param temperature divides similarities
 * @returns the mean over all patches
 */
export const patchNCELoss = (queries: tf.Tensor3D, keys: tf.Tensor3D, temperature: number): tf.Scalar =>
  tf.tidy(() => {
    const similarity = tf.mul(tf.matMul(queries, keys, false, true), 1 / temperature);
    const own = tf.mul(tf.sum(tf.mul(queries, keys), 2), 1 / temperature);
    const other = ownAmongOthers / temperature;
    // log Σ exp: subtracting the largest value prevents overflow
    const most = largestOf(similarity);
    const sum = tf.add(
      tf.sum(tf.exp(tf.sub(similarity, most)), 2),
      tf.exp(tf.sub(other, tf.squeeze(most, [2]))),
    );
    return tf.mean(tf.sub(tf.add(tf.log(sum), tf.squeeze(most, [2])), own));
  });

/** The maximum of each row [B, patches, 1], as a constant: the gradient of log Σ exp does not depend on it. */
function largestOf(x: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((anything) => ({
    value: tf.max(x, 2, true),
    gradFunc: () => tf.zerosLike(anything as tf.Tensor),
  }));
  return op(tf.scalar(0));
}
