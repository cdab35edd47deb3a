/**
 * Normalisation to mean 0 and variance 1 over some axes, with a gradient written by hand: two
 * reductions where the composed one has a dozen kernels. Instance norm takes the axes of one image
 * (each sample and channel for itself), batch norm those of the whole batch.
 *
 * It differentiates twice, as gradient penalties need. A first derivative uses what the forward pass kept, x̂, and
 * so needs x no more; one that is differentiated again computes it anew from x, because tensors that a
 * tfjs op saves, other than its inputs, are constants to the second derivative.
 */
import * as tf from '@tensorflow/tfjs-core';

interface Normalized {
  /** x̂ = (x − mean)·scale, 0 where x is constant along the axes. */
  normal: tf.Tensor;
  /** 1 / √(variance + ε), of x's shape with 1 along the axes. */
  scale: tf.Tensor;
  /** 0 where x is constant along the axes, else 1. */
  varies: tf.Tensor;
}

/** By how much of itself a mean of float32 values may be off: sums of thousands round in one direction. */
const MEAN_ERROR = 5e-5;
/** By how much of itself the mean of equal squares may be off. */
const SQUARES_ERROR = 1e-4;

/**
 * Whether channels are more than a constant. Of a constant far from 0 the rounding error of its mean is left, which
 * normalisation would make large: everywhere the same, and no more than rounding takes it. Taking the mean of what is left would
 * tell it too, and cost a training step some percent.
 *
 * @param centred x − mean
 * @param variance the mean of its squares, of x's shape with 1 along the axes
 */
function variation(
  centred: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  axes: readonly number[],
): tf.Tensor {
  const size = centred.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const first = tf.square(tf.slice(centred, new Array<number>(centred.rank).fill(0), size));
  const elsewhere = tf.sub(tf.abs(tf.sub(variance, first)), tf.mul(first, SQUARES_ERROR));
  const beyondRounding = tf.sub(first, tf.mul(tf.square(mean), MEAN_ERROR ** 2));
  return tf.step(tf.maximum(elsewhere, beyondRounding));
}

/**
 * The variance is the biased one, as in every normalisation layer.
 *
 * @param known what varies, if that was found before: it is not to be differentiated
 */
function normalized(x: tf.Tensor, axes: number[], epsilon: number, known?: tf.Tensor): Normalized {
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes, true);
  const varies = known ?? variation(centred, mean, variance, axes);
  const scale = tf.rsqrt(tf.add(tf.mul(variance, varies), epsilon));
  return { normal: tf.mul(centred, tf.mul(scale, varies)), scale, varies };
}

/**
 * The gradients of x, γ and β, in this order, of those that there are:
 * dx = γ·scale·(dy − mean(dy) − x̂·mean(dy·x̂)), γ being constant along the axes, dγ = Σ dy·x̂, dβ = Σ dy.
 * The two sums are had from the two means, which are small.
 */
function gradients(
  dy: tf.Tensor,
  { normal, scale }: Pick<Normalized, 'normal' | 'scale'>,
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
    const [value, ...kept] = tf.tidy((): tf.Tensor[] => {
      const { normal, scale, varies } = normalized(x, axes, epsilon);
      const scaled = gamma === undefined ? normal : tf.mul(normal, gamma);
      return [beta === undefined ? scaled : tf.add(scaled, beta), normal, scale, varies];
    });
    save(gamma === undefined ? [x, ...kept] : [x, ...kept, gamma]);

    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, normal, scale, varies] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const values = differentiatedAgain() ? normalized(x, axes, epsilon, varies) : { normal, scale };
      return gradients(dy, values, axes, saved[4], beta !== undefined);
    };
    return { value: value!, gradFunc };
  });
  return op(...inputs);
}
