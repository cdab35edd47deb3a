/**
 * Gradients without leaks. If an op throws, TensorFlow.js keeps the tensors that its tape saved for the backward pass. These
 * functions free them. If an op has no gradient, the error names a remedy.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from './errors.js';

/** Runs `compute`, which takes gradients. Only the outermost call frees the tape, because inner calls share it. */
export function takingGradients<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      const tape = state.activeTape as typeof state.activeTape | null; // null after a gradient that succeeded
      tape?.forEach((node) => tf.dispose(node.saved));
    }
    throw explained(error);
  }
}

/** Adds a remedy to the error of tfjs about an op without a gradient. Other errors are returned unchanged. */
function explained(error: unknown): unknown {
  const op = error instanceof Error && /gradient function not found for (\w+)/.exec(error.message)?.[1];
  if (!op) return error;
  return new CycleGANError(
    'UNSUPPORTED',
    `Gradient: the op ${op} has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) ` +
      `differentiates the discriminator twice. tf.layers.leakyReLU, tf.layers.prelu, max pooling and other layers ` +
      `do not support this. Build the discriminator with patchDiscriminator or with this library's LeakyReLU ` +
      `and InstanceNormalization, or choose an adversarial loss without a penalty.`,
    { cause: error },
  );
}

/**
 * The value of `loss` and its gradients with respect to `variables`, in their order. If the loss does not depend on a
 * variable, the gradient is zeros. The caller disposes of all tensors.
 */
export function valueAndGradients(
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
): { value: tf.Scalar; gradients: tf.Tensor[] } {
  if (variables.length === 0) return { value: tf.tidy(loss), gradients: [] };
  return takingGradients(() =>
    tf.tidy(() => {
      // The last argument allows unused variables: their gradient is null.
      const { value, grads } = tf.engine().gradients(loss, [...variables], undefined, true);
      const gradients = (grads as (tf.Tensor | null)[]).map((g, i) => g ?? tf.zerosLike(variables[i]!));
      return { value, gradients };
    }),
  );
}
