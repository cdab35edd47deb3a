/**
 * Taking gradients so that nothing is lost when it fails. TensorFlow.js keeps the tensors that its tape
 * saved for the backward pass when something throws on the way; here they are freed. And where an op has
 * no gradient, which happens first where a gradient is differentiated again, the error says what to do.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from './errors.js';

/** Runs `compute`, which takes gradients. Only the outermost call frees the tape: inner ones share it. */
export function takingGradients<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      const tape = state.activeTape as typeof state.activeTape | null; // null after a gradient that went well
      tape?.forEach((node) => tf.dispose(node.saved));
    }
    throw explained(error);
  }
}

/** The error of tfjs about an op without a gradient, with the remedy; any other error as it is. */
function explained(error: unknown): unknown {
  const op = error instanceof Error && /gradient function not found for (\w+)/.exec(error.message)?.[1];
  if (!op) return error;
  return new CycleGANError(
    'UNSUPPORTED',
    `Gradient: the op ${op} has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) ` +
      `differentiates the discriminator twice, which tf.layers.leakyReLU, tf.layers.prelu, max pooling and ` +
      `others do not allow: build the discriminator with patchDiscriminator or with this library's LeakyReLU ` +
      `and InstanceNormalization, or choose an adversarial loss without a penalty.`,
    { cause: error },
  );
}

/**
 * The value of `loss` and its gradients with respect to `variables`, in their order; zeros where the
 * loss does not depend on a variable. The caller disposes all of them.
 */
export function valueAndGradients(
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
): { value: tf.Scalar; gradients: tf.Tensor[] } {
  if (variables.length === 0) return { value: tf.tidy(loss), gradients: [] };
  return takingGradients(() =>
    tf.tidy(() => {
      // With the last argument a variable that plays no part has the gradient null, instead of an error.
      const { value, grads } = tf.engine().gradients(loss, [...variables], undefined, true);
      const gradients = (grads as (tf.Tensor | null)[]).map((g, i) => g ?? tf.zerosLike(variables[i]!));
      return { value, gradients };
    }),
  );
}
