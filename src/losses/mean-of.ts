/** The mean of an elementwise function, with a gradient of three kernels. Most losses have this form. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * mean(f(x)) with a hand-written gradient. The gradient of `tf.mean` uploads a tensor of ones with the shape of x, and the
 * gradient of `tf.abs` at 0 is −1.
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
    (args.at(-1) as tf.GradSaveFunc)([x]); // saved last: tfjs does not free saved tensors if a kernel fails
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(slope(saved[0]!), tf.div(dy, x.size)),
    };
  });
  return op(x) as tf.Scalar;
}
