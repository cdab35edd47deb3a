/** Norms by the statistics of a whole feature map, and dropout masks of a whole feature map, as operations. */
import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { RandomSource } from '../core/random.js';
import { type Call, type Op, plain } from './op.js';
import { lengthOf } from './region.js';

/** A weight of a layer by the end of its name. */
const weight = (layer: layers.Layer, name: string): tf.Tensor | undefined =>
  layer.weights.find((each) => each.originalName.endsWith(`/${name}`))?.read();

/** γ·(x − mean)/√(variance + ε) + β, with statistics of the whole image; β where a channel is constant. */
export const normalization = ({ layer, size, config }: Call): Op => ({
  ...plain,
  size,
  pointwise: true,
  normalizes: true,
  needs: (region) => region,
  run([x], _, statistics) {
    const { mean, variance } = statistics!;
    const scales = variance.map((value) =>
      value === 0 ? 0 : 1 / Math.sqrt(value + (config.epsilon as number)),
    );
    const normal = tf.mul(
      tf.sub(x!, tf.tensor1d(Float32Array.from(mean))),
      tf.tensor1d(Float32Array.from(scales)),
    );
    const [gamma, beta] = [weight(layer, 'gamma'), weight(layer, 'beta')];
    const scaled = gamma === undefined ? normal : tf.mul(normal, gamma);
    return (beta === undefined ? scaled : tf.add(scaled, beta)) as tf.Tensor4D;
  },
});

/** Dropout as in training. The mask of the whole feature map is drawn here, one bit for each element. */
export function droppingOut({ size, channels, config }: Call, random: RandomSource): Op {
  const rate = config.rate as number;
  const width = size[1];
  const bits = new Uint8Array(Math.ceil((size[0] * width * channels) / 8));
  for (let i = 0; i < size[0] * width * channels; i++) {
    // Math.fround: the mask of tensors compares float32 values
    if (Math.fround(random.uniform()) >= Math.fround(rate)) bits[i >> 3]! |= 1 << (i & 7);
  }
  return {
    ...plain,
    size,
    pointwise: true,
    needs: (region) => region,
    run([x], [rows, columns]) {
      const factors = new Float32Array(x!.size);
      const length = lengthOf(columns) * channels;
      for (let y = rows[0], at = 0; y < rows[1]; y++) {
        const first = (y * width + columns[0]) * channels;
        for (let i = first; i < first + length; i++) {
          factors[at++] = (bits[Math.floor(i / 8)]! >> (i & 7)) & 1 ? 1 / (1 - rate) : 0;
        }
      }
      return tf.mul(x!, tf.tensor4d(factors, x!.shape));
    },
  };
}
