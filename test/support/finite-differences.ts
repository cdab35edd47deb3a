/** Gradients by central differences: the independent truth for every hand-written gradient. */
import * as tf from '@tensorflow/tfjs';

/**
 * d f / d x, one number at a time. `f` gives a scalar; its tensors are cleaned up here.
 * The step suits float32: its error is about 1e-4 of the size of the gradients.
 */
export async function finiteDifferences(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  step = 1e-2,
): Promise<Float32Array> {
  const values = Float32Array.from(await x.data());
  const at = async (moved: Float32Array): Promise<number> => {
    const y = tf.tidy(() => f(tf.tensor(moved, x.shape)).asScalar());
    const [value] = await y.data();
    y.dispose();
    return value!;
  };
  const gradient = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const up = Float32Array.from(values);
    const down = Float32Array.from(values);
    up[i]! += step;
    down[i]! -= step;
    gradient[i] = ((await at(up)) - (await at(down))) / (up[i]! - down[i]!);
  }
  return gradient;
}

/** Numbers from a fixed formula, spread over [−1, 1] without pattern: the same on every machine. */
export function scattered(shape: number[], seed = 1): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => {
      const t = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
      return 2 * (t - Math.floor(t)) - 1;
    }),
    shape,
  );
}
