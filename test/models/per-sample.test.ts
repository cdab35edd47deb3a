import * as tf from '@tensorflow/tfjs';
import { patchDiscriminator, resnetGenerator, unetGenerator } from 'ts-cyclegan';
import { expect, it } from 'vitest';
import { isPerSample } from '../../src/layers/networks.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const shape = { inputShape: [32, 32, 1], filters: 2, seed: 1, initializerGain: 1 } as const;
const small = { ...shape, residualBlocks: 1 } as const;

it.each<[string, () => tf.LayersModel, boolean]>([
  ["K's generator", () => resnetGenerator(small), true],
  ["P's generator", () => resnetGenerator({ ...small, convention: 'pytorch' }), true],
  [
    'resize-convolutions, replicated borders',
    () => resnetGenerator({ ...small, upsampling: 'resize', border: 'replicate' }),
    true,
  ],
  ['a light generator', () => resnetGenerator({ ...small, separable: true }), true],
  ['a U-Net without norm', () => unetGenerator({ ...shape, levels: 5, norm: 'none' }), true],
  ['a discriminator', () => patchDiscriminator(shape), true],
  ['batch norm', () => resnetGenerator({ ...small, norm: 'batch' }), false],
  ['dropout', () => resnetGenerator({ ...small, dropout: true }), false],
])('whether images of a batch are independent in training is known: %s', (_, build, independent) =>
  withoutLeaks(() => {
    const network = build();
    expect(isPerSample(network)).toBe(independent);
    const [a, b] = [scattered([1, 32, 32, 1], 1), scattered([1, 32, 32, 1], 2)];
    const [alone, beside] = tf.tidy(() => {
      const together = network.apply(tf.concat([b, a]), { training: true }) as tf.Tensor;
      return [network.apply(a, { training: true }) as tf.Tensor, tf.split(together, 2)[1]!];
    });
    const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(alone, beside))).dataSync()[0]!);
    expect(difference < 1e-5).toBe(independent);
    network.dispose();
    tf.dispose([a, b, alone, beside]);
  }),
);

it('networks with layers that are not known count as dependent', () =>
  withoutLeaks(() => {
    const network = tf.sequential({
      layers: [tf.layers.gaussianNoise({ stddev: 1, inputShape: [4, 4, 1] })],
    });
    expect(isPerSample(network)).toBe(false);
    network.dispose();
  }));
