import * as tf from '@tensorflow/tfjs';
import { BatchNormalization } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { describeLayer } from '../support/describe-layer.js';
import { withoutLeaks } from '../support/leaks.js';

describe.each([[true], [false]])('training: %s,', (training) => {
  describeLayer(BatchNormalization, {
    cases: {
      'as in P': { epsilon: 1e-5 },
      'nothing learned': { center: false, scale: false, momentum: 0.5 },
      'with settings': { gammaInitializer: 'randomNormal', betaRegularizer: 'l1l2' },
    },
    training,
    refused: [
      [{ momentun: 1 }, 'BatchNormalization: unknown option "momentun". Did you mean "momentum"?'],
      [{ momentum: 2 }, 'BatchNormalization: option "momentum" must be a number from 0 to 1, got 2.'],
    ],
  });
});

describe('BatchNormalization', () => {
  // Two channels over four places: 1 2 3 6 (mean 3, variance 3.5, unbiased 14/3) and 0 0 0 4 (1, 3, 4)
  const batch = () => tf.tensor4d([1, 0, 2, 0, 3, 0, 6, 4], [2, 1, 2, 2]);
  const weights = async (layer: tf.layers.Layer) =>
    (await Promise.all(layer.getWeights().map(async (w) => [...(await w.data())]))).flat();

  it('normalises by the batch in training, over all its images', () =>
    withoutLeaks(async () => {
      const [layer, x] = [new BatchNormalization({ epsilon: 0.5 }), batch()];
      const y = layer.apply(x, { training: true }) as tf.Tensor;
      const [a, b] = [2, Math.sqrt(3.5)];
      expect(await y.data()).toBeAllClose([-2 / a, -1 / b, -1 / a, -1 / b, 0, -1 / b, 3 / a, 3 / b]);
      layer.dispose();
      tf.dispose([x, y]);
    }));

  it('gives β for a channel that is constant, in training and afterwards', () =>
    withoutLeaks(async () => {
      const layer = new BatchNormalization({ epsilon: 1e-5, momentum: 0 });
      const x = tf.tensor4d(new Float32Array(2 * 40 * 33).fill(12345.7), [2, 40, 33, 1]);
      const f = (x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
      const [y, dx] = tf.tidy(() => [f(x), tf.grad((x) => tf.sum(tf.square(f(x))))(x)]);
      expect(Math.max(...(await y.data()).map(Math.abs))).toBeLessThan(1e-6);
      expect(Math.max(...(await dx.data()).map(Math.abs))).toBeLessThan(1e-6);
      const [gamma, beta] = layer.getWeights();
      const statistics = [tf.tensor1d([12345.7]), tf.tensor1d([0])];
      layer.setWeights([gamma!, beta!, ...statistics]);
      const after = layer.apply(x) as tf.Tensor;
      expect(Math.max(...(await after.data()).map(Math.abs))).toBe(0);
      layer.dispose();
      tf.dispose([x, y, dx, after, statistics]);
    }));

  it('takes in the mean and the unbiased variance of each batch, and applies them afterwards', () =>
    withoutLeaks(async () => {
      const [layer, x] = [new BatchNormalization({ epsilon: 0 }), batch()];
      (layer.apply(x, { training: true }) as tf.Tensor).dispose();
      // γ, β, mean: 0.9·0 + 0.1·m, variance: 0.9·1 + 0.1·v
      expect(await weights(layer)).toBeAllClose([1, 1, 0, 0, 0.3, 0.1, 0.9 + 1.4 / 3, 1.3]);
      (layer.apply(x, { training: true }) as tf.Tensor).dispose();
      const [m, v] = [
        [0.57, 0.19],
        [0.81 + 1.26 / 3 + 1.4 / 3, 1.57],
      ] as const;
      expect(await weights(layer)).toBeAllClose([1, 1, 0, 0, ...m, ...v]);
      const y = layer.apply(x) as tf.Tensor;
      expect(await y.data()).toBeAllClose(
        [1, 0, 2, 0, 3, 0, 6, 4].map((value, i) => (value - m[i % 2]!) / Math.sqrt(v[i % 2]!)),
      );
      layer.dispose();
      tf.dispose([x, y]);
    }));

  it('keeps a share of momentum', () =>
    withoutLeaks(async () => {
      const [layer, x] = [new BatchNormalization({ momentum: 0.25 }), batch()];
      (layer.apply(x, { training: true }) as tf.Tensor).dispose();
      expect(await weights(layer)).toBeAllClose([1, 1, 0, 0, 2.25, 0.75, 0.25 + 3.5, 3.25]);
      layer.dispose();
      x.dispose();
    }));

  it('treats a single value as without variance', () =>
    withoutLeaks(async () => {
      const [layer, x] = [new BatchNormalization({ momentum: 0.5 }), tf.tensor4d([3], [1, 1, 1, 1])];
      (layer.apply(x, { training: true }) as tf.Tensor).dispose();
      expect(await weights(layer)).toBeAllClose([1, 0, 1.5, 0.5]);
      layer.dispose();
      x.dispose();
    }));

  it('learns γ and β only', () =>
    withoutLeaks(() => {
      const layer = new BatchNormalization();
      layer.apply(tf.input({ shape: [2, 2, 3] }));
      expect(layer.trainableWeights.map((w) => w.originalName.split('/').at(-1))).toEqual(['gamma', 'beta']);
      expect(layer.nonTrainableWeights).toHaveLength(2);
      layer.dispose();
    }));
});
