/** Networks of one's own, with the layers of TensorFlow.js and of the library. */
import * as tf from '@tensorflow/tfjs';
import { LeakyReLU, NearestUpsampling2D, Random } from 'ts-cyclegan';

const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;

export interface Sizes {
  /** Pixels, a multiple of 4. */
  size: number;
  /** Length of the noise. */
  latentSize: number;
  filters: number;
  seed: number;
}

/** Networks that {@link GAN} accepts: noise [latentSize] to images [size, size, 1] in [−1, 1], and images to one logit. */
export function networks({ size, latentSize, filters, seed }: Sizes) {
  const random = new Random(seed);
  /** tfjs draws the same values from the same seed, so each layer gets a seed of its own. */
  const conv = (count: number, strides: number) =>
    tf.layers.conv2d({
      filters: count,
      kernelSize: 3,
      strides,
      padding: 'same',
      kernelInitializer: tf.initializers.randomNormal({ mean: 0, stddev: 0.05, seed: random.seed() }),
    });
  const dense = (units: number) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed: random.seed() }) });

  const noise = tf.input({ shape: [latentSize] });
  const side = size / 4;
  let x = apply(dense(side * side * 2 * filters), noise);
  x = apply(tf.layers.reshape({ targetShape: [side, side, 2 * filters] }), x);
  for (const count of [2 * filters, filters]) {
    x = apply(new LeakyReLU({ alpha: 0.2 }), x);
    x = apply(new NearestUpsampling2D({ factor: 2 }), x);
    x = apply(conv(count, 1), x);
  }
  x = apply(new LeakyReLU({ alpha: 0.2 }), x);
  x = apply(conv(1, 1), x);
  x = apply(tf.layers.activation({ activation: 'tanh' }), x);
  const generator = tf.model({ inputs: noise, outputs: x, name: 'generator' });

  const image = tf.input({ shape: [size, size, 1] });
  let y = image;
  for (const count of [filters, 2 * filters])
    y = apply(new LeakyReLU({ alpha: 0.2 }), apply(conv(count, 2), y));
  y = apply(tf.layers.flatten(), y);
  y = apply(dense(1), y);
  const discriminator = tf.model({ inputs: image, outputs: y, name: 'discriminator' });
  return { generator, discriminator };
}
