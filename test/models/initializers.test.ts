import * as tf from '@tensorflow/tfjs';
import { type InitializerKind, patchDiscriminator, resnetGenerator } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { registerLayers } from 'ts-cyclegan';
import { orthogonalClass } from '../../src/layers/orthogonal.js';
import { withoutLeaks } from '../support/leaks.js';

const valuesOf = async (layer: tf.layers.Layer, weight = 0): Promise<number[]> => [
  ...(await layer.getWeights()[weight]!.data()),
];

/** Mean 0 and this standard deviation, and a share of values within one of them that only the normal distribution has. */
function expectNormal(values: number[], deviation: number, mean = 0): void {
  const n = values.length;
  const got = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
  expect(Math.abs(values.reduce((sum, v) => sum + v, 0) / n - mean)).toBeLessThan(
    (4 * deviation) / Math.sqrt(n),
  );
  expect(Math.abs(got / deviation - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
  const within = values.filter((v) => Math.abs(v - mean) < deviation).length / n;
  expect(Math.abs(within - 0.6827)).toBeLessThan(4 * Math.sqrt((0.6827 * 0.3173) / n));
}

describe('initial kernels', () => {
  const network = (options: { initializer?: InitializerKind; initializerGain?: number }) =>
    patchDiscriminator({
      convention: 'pytorch',
      inputShape: [32, 32, 3],
      filters: 8,
      layers: 2,
      seed: 3,
      ...options,
    });

  // model.2: 4 × 4 taps, from 8 to 16 channels; PyTorch's fan in 128, fan out 256
  it.each<[Parameters<typeof network>[0], number]>([
    [{}, 0.02],
    [{ initializer: 'normal', initializerGain: 0.5 }, 0.5],
    [{ initializer: 'xavier' }, 0.02 * Math.sqrt(2 / (128 + 256))],
    [{ initializer: 'xavier', initializerGain: 1 }, Math.sqrt(2 / (128 + 256))],
    [{ initializer: 'kaiming' }, Math.sqrt(2 / 128)],
    [{ initializer: 'kaiming', initializerGain: 7 }, Math.sqrt(2 / 128)], // P's kaiming has no gain
  ])('of %o are normal, of standard deviation %d', (options, deviation) =>
    withoutLeaks(async () => {
      const model = network(options);
      expectNormal(await valuesOf(model.getLayer('model.2')), deviation);
      for (const name of ['model.0', 'model.2']) {
        expect((await valuesOf(model.getLayer(name), 1)).every((bias) => bias === 0)).toBe(true);
      }
      model.dispose();
    }),
  );

  it('of transposed convolutions count the outgoing channels as coming in, as PyTorch does', () =>
    withoutLeaks(async () => {
      const options = {
        convention: 'pytorch',
        inputShape: [16, 16, 3],
        filters: 16,
        residualBlocks: 0,
        seed: 4,
      } as const;
      const model = resnetGenerator({ ...options, initializer: 'kaiming' });
      const transposed = model.layers.find((layer) => layer.getClassName() === 'Conv2DTranspose')!;
      expect(transposed.weights[0]!.shape).toEqual([3, 3, 32, 64]); // [h, w, out, in]
      expectNormal(await valuesOf(transposed), Math.sqrt(2 / (9 * 32)));
      model.dispose();
    }));

  it.each([1, 0.02])('orthogonal ones are, and as long as the gain: %d', (initializerGain) =>
    withoutLeaks(async () => {
      const model = network({ initializer: 'orthogonal', initializerGain });
      // 16 columns of 4·4·8 numbers; the last kernel one column of 4·4·32
      for (const name of ['model.2', 'model.8']) {
        const products = tf.tidy(() => {
          const kernel = model.getLayer(name).getWeights()[0]!;
          const matrix = tf.reshape(kernel, [-1, kernel.shape[3]!]);
          return tf.matMul(matrix, matrix, true);
        });
        const size = products.shape[0];
        const want = Array.from({ length: size ** 2 }, (_, i) =>
          i % (size + 1) === 0 ? initializerGain ** 2 : 0,
        );
        expect(await products.data()).toBeAllClose(want, { atol: 1e-5 * initializerGain ** 2 });
        products.dispose();
      }
      model.dispose();
    }),
  );

  it('orthogonal with more columns than rows: the rows are', () =>
    withoutLeaks(async () => {
      const kernel = new (orthogonalClass())({ gain: 2, seed: 1 }).apply([1, 1, 3, 5]);
      const products = tf.tidy(() => {
        const matrix = tf.reshape(kernel, [3, 5]);
        return tf.matMul(matrix, matrix, false, true);
      });
      expect(await products.data()).toBeAllClose([4, 0, 0, 0, 4, 0, 0, 0, 4], { atol: 1e-5 });
      tf.dispose([kernel, products]);
    }));

  it.each<[InitializerKind, number]>([
    ['normal', 0.5],
    ['xavier', 0.5 * Math.sqrt(2 / (9 + 9 * 64))],
    ['kaiming', Math.sqrt(2 / 9)],
    ['orthogonal', 0.5 / Math.sqrt(64)],
  ])('%s depthwise kernels deviate as those of PyTorch', (initializer, deviation) =>
    withoutLeaks(async () => {
      const light = { filters: 16, residualBlocks: 1, separable: true, inputShape: [16, 16, 3] } as const;
      const model = resnetGenerator({ ...light, initializer, initializerGain: 0.5, seed: 1 });
      const layer = model.layers.find((layer) => layer.getClassName() === 'DepthwiseConv2D')!;
      const values = await valuesOf(layer);
      const squares = values.reduce((sum, value) => sum + value * value, 0);
      expect(Math.abs(Math.sqrt(squares / values.length) / deviation - 1)).toBeLessThan(0.15);
      model.dispose();
    }),
  );

  it('orthogonal layers come back from their configuration', () =>
    withoutLeaks(() => {
      registerLayers();
      const initializer = new (orthogonalClass())({ gain: 2, seed: 1 }) as never;
      const layer = tf.layers.conv2d({ filters: 1, kernelSize: 1, kernelInitializer: initializer });
      const config = JSON.parse(JSON.stringify(layer.getConfig())) as Parameters<typeof tf.layers.conv2d>[0];
      expect(config.kernelInitializer).toEqual({
        className: 'GramSchmidtOrthogonal',
        config: { gain: 2, seed: 1 },
      });
      expect(tf.layers.conv2d(config).getConfig()).toEqual(layer.getConfig());
    }));
});

describe('the rest', () => {
  const small = {
    inputShape: [16, 16, 3],
    filters: 64,
    residualBlocks: 0,
    downsamplingBlocks: 0,
    seed: 5,
  } as const;

  it('the last kernel in the convention keras is Glorot uniform, unless an initializer is given', () =>
    withoutLeaks(async () => {
      const limit = Math.sqrt(6 / (49 * 64 + 49 * 3));
      const [keras, normal] = [resnetGenerator(small), resnetGenerator({ ...small, initializer: 'normal' })];
      const values = await valuesOf(keras.getLayer('model.5'));
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      expect(deviation / limit).toBeCloseTo(1 / Math.sqrt(3), 1.7);
      expectNormal(await valuesOf(normal.getLayer('model.5')), 0.02);
      keras.dispose();
      normal.dispose();
    }));

  it('γ is drawn around 0 in the instance norm of Keras, around 1 in batch norm', () =>
    withoutLeaks(async () => {
      const [instance, batch] = [
        resnetGenerator(small),
        resnetGenerator({ ...small, convention: 'pytorch', norm: 'batch' }),
      ];
      expectNormal(await valuesOf(instance.getLayer('model.2')), 0.02);
      expectNormal(await valuesOf(batch.getLayer('model.2')), 0.02, 1);
      instance.dispose();
      batch.dispose();
    }));
});
