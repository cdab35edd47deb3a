/**
 * Normalizes to mean 0 and variance 1 over some axes, with a hand-written gradient of two reductions instead of a dozen
 * kernels. Instance norm uses the axes of one image, batch norm also the batch axis.
 *
 * It can be differentiated twice, as gradient penalties need. A first derivative uses the x̂ that the forward pass saved. A
 * derivative that is differentiated again recomputes x̂ from x, because saved tensors other than inputs are constants to the
 * second derivative in tfjs.
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

/** The largest relative error of a float32 mean: sums of thousands of values round in one direction. */
const MEAN_ERROR = 5e-5;
/** The largest relative error of the mean of equal squares. */
const SQUARES_ERROR = 1e-4;

/**
 * Detects channels that are not constant. If a channel is a constant far from 0, x − mean is the rounding error of the mean,
 * which normalization would amplify. This error is the same for all elements, and not larger than rounding allows. Subtracting
 * a second mean would detect it too, but costs a few percent of a training step.
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
 * Uses the biased variance, as all norm layers do.
 *
 * @param known `varies`, if it was computed before: it must not be differentiated
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
 * The gradients with respect to x and, if given, γ and β:
 * dx = γ·scale·(dy − mean(dy) − x̂·mean(dy·x̂)), since γ is constant along the axes, dγ = Σ dy·x̂, dβ = Σ dy.
 * Both sums are computed from the two means, which are small tensors.
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
  /** Converts means to sums over all but the last axis. */
  const total = (means: tf.Tensor) =>
    tf.mul(tf.sum(means, [...means.shape.keys()].slice(0, -1)), dy.size / means.size);
  return [dx, ...(gamma === undefined ? [] : [total(meanOfBoth)]), ...(hasBeta ? [total(meanOfDy)] : [])];
}

/**
 * Whether the current gradient will itself be differentiated. tfjs records the backward pass of an inner gradient, but not that
 * of the outermost one.
 */
const differentiatedAgain = (): boolean => tf.engine().state.gradientDepth > 0;

/**
 * γ·(x − mean)/√(variance + ε) + β, with mean and variance over `axes`.
 *
 * @param axes any axes except the last; γ and β are vectors along the last axis
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
