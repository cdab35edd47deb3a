/** The mean of a function of every number: the form of all losses here, with its gradient in three kernels. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * mean(f(x)), differentiated by hand: the composed gradient of `tf.mean` uploads a tensor of ones as
 * large as x, and that of `tf.abs` is −1 at 0.
 *
 * @param slope f′, elementwise
 */
export function meanOf(
  x: tf.Tensor,
  f: (x: tf.Tensor) => tf.Tensor,
  slope: (x: tf.Tensor) => tf.Tensor,
): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const value = tf.mean(f(x));
    (args.at(-1) as tf.GradSaveFunc)([x]); // last: if a kernel fails, nobody frees what was saved before
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(slope(saved[0]!), tf.div(dy, x.size)),
    };
  });
  return op(x) as tf.Scalar;
}
