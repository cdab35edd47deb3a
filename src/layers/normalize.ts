/**
 * Normalisation to mean 0 and variance 1 over some axes, with a gradient written by hand: two
 * reductions where the composed one has a dozen kernels. Instance norm takes the axes of one picture
 * (each sample and channel for itself), batch norm those of the whole batch.
 *
 * It differentiates twice, as gradient penalties need. A first derivative uses what the forward pass kept, x̂, and
 * so needs x no more; one that is differentiated again computes it anew from x, because tensors that a
 * tfjs op saves, other than its inputs, are constants to the second derivative.
 */
import * as tf from '@tensorflow/tfjs-core';

interface Normalized {
  /** x̂ = (x − mean)·scale */
  normal: tf.Tensor;
  /** 1 / √(variance + ε), of x's shape with 1 along the axes. */
  scale: tf.Tensor;
}

/** The variance is the biased one, as in every normalisation layer. */
function normalized(x: tf.Tensor, axes: number[], epsilon: number): Normalized {
  const centred = tf.sub(x, tf.mean(x, axes, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes, true), epsilon));
  return { normal: tf.mul(centred, scale), scale };
}

/**
 * The gradients of x, γ and β, in this order, of those that there are:
 * dx = γ·scale·(dy − mean(dy) − x̂·mean(dy·x̂)), γ being constant along the axes, dγ = Σ dy·x̂, dβ = Σ dy.
 * The two sums are had from the two means, which are small.
 */
function gradients(
  dy: tf.Tensor,
  { normal, scale }: Normalized,
  axes: number[],
  gamma: tf.Tensor | undefined,
  hasBeta: boolean,
): tf.Tensor[] {
  const meanOfBoth = tf.mean(tf.mul(dy, normal), axes, true);
  const meanOfDy = tf.mean(dy, axes, true);
  const inner = tf.add(meanOfDy, tf.mul(normal, meanOfBoth));
  const dx = tf.mul(tf.sub(dy, inner), gamma === undefined ? scale : tf.mul(scale, gamma));
  /** Sums what was averaged, for every channel. */
  const total = (means: tf.Tensor) =>
    tf.mul(tf.sum(means, [...means.shape.keys()].slice(0, -1)), dy.size / means.size);
  return [dx, ...(gamma === undefined ? [] : [total(meanOfBoth)]), ...(hasBeta ? [total(meanOfDy)] : [])];
}

/**
 * Whether the gradient being computed will itself be differentiated. tfjs runs the backward pass of the
 * outermost gradient with the tape off, and that of an inner one with the tape on.
 */
const differentiatedAgain = (): boolean => tf.engine().state.gradientDepth > 0;

/**
 * γ·(x − mean)/√(variance + ε) + β, mean and variance taken over `axes`.
 *
 * @param axes all but the last one; γ and β are vectors along the last
 */
export function normalize(
  x: tf.Tensor,
  axes: number[],
  epsilon: number,
  gamma?: tf.Tensor,
  beta?: tf.Tensor,
): tf.Tensor {
  const inputs = [x, gamma, beta].filter((t) => t !== undefined);
  const op = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const [value, normal, scale] = tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => {
      const { normal, scale } = normalized(x, axes, epsilon);
      const scaled = gamma === undefined ? normal : tf.mul(normal, gamma);
      return [beta === undefined ? scaled : tf.add(scaled, beta), normal, scale];
    });
    save(gamma === undefined ? [x, normal, scale] : [x, normal, scale, gamma]);

    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, normal, scale, gamma] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];
      const values = differentiatedAgain() ? normalized(x, axes, epsilon) : { normal, scale };
      return gradients(dy, values, axes, gamma, beta !== undefined);
    };
    return { value, gradFunc };
  });
  return op(...inputs);
}
