/** The sample computation that engines are measured with: convolutions and norms as in a generator, with known results. */
import * as tf from '@tensorflow/tfjs-core';
import type { EnginePurpose } from './engine.js';

const [side, channels, layers] = [64, 32, 4];

/** The results on tfjs' cpu backend: mean and maximum of the image; for training the loss, and mean and maximum of the gradient. */
export const expected: Readonly<Record<EnginePurpose, readonly number[]>> = {
  translation: [0.27691, 0.99908],
  training: [0.19669, -0.0136, 1.31222],
};

/** Rounding differs between engines, also to 16 bits; an engine that computes wrongly is off by far more. */
export const tolerance = 0.05;

/** Values in [−1, 1] that look random and are the same everywhere. */
const pattern = (shape: number[], step: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => 2 * ((i * step) % 1) - 1),
    shape,
  );

/** The inputs of the computation. They stay on the device between runs, as weights do. */
export const inputs = (): { image: tf.Tensor4D; filter: tf.Tensor4D } =>
  ({
    image: pattern([1, side, side, channels], 0.61803),
    filter: pattern([3, 3, channels, channels], 0.75488),
  }) as { image: tf.Tensor4D; filter: tf.Tensor4D };

function network(image: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  let x = image;
  for (let i = 0; i < layers; i++) {
    const y = tf.conv2d(x, filter, 1, 'same');
    const { mean, variance } = tf.moments(y, [1, 2], true);
    x = tf.relu(tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, 1e-3))));
  }
  return tf.tanh(x);
}

/** Computes once. The result is a small tensor, so that reading it takes no time. */
export function compute(purpose: EnginePurpose, { image, filter }: ReturnType<typeof inputs>): tf.Tensor1D {
  return tf.tidy(() => {
    const summary = (x: tf.Tensor) => [tf.mean(x), tf.max(x)];
    if (purpose === 'translation') return tf.stack(summary(network(image, filter))) as tf.Tensor1D;
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor) =>
      tf.mean(tf.square(network(x as tf.Tensor4D, w as tf.Tensor4D))),
    )([image, filter]);
    return tf.stack([value, ...summary(tf.mul(grads[1]!, 1000))]) as tf.Tensor1D;
  });
}
