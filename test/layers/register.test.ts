/** Classes in tfjs' registry: ours, those of the program, and the names that Keras has for them. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, InstanceNormalization, registerLayers } from 'ts-cyclegan';
import { afterEach, describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/allocations.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const registry = tf.serialization.SerializationMap.getMap().classNameMap;

/** A layer of the program's own under a name that ours has: it doubles. */
class Own extends tf.layers.Layer {
  static className = 'InstanceNormalization';
  override call(x: tf.Tensor | tf.Tensor[]) {
    return tf.mul(Array.isArray(x) ? x[0]! : x, 2);
  }
}

describe('a class of the program under one of our names', () => {
  registerLayers();
  const before = registry.InstanceNormalization!;
  afterEach(() => {
    registry.InstanceNormalization = before;
  });

  it('stays, whatever is built and loaded; a CycleGAN has our class all the same', () =>
    withoutLeaks(async () => {
      tf.serialization.registerClass(Own);
      registerLayers();
      using model = new CycleGAN({ inputShape: [8, 8, 1], filters: 2, residualBlocks: 0, downsamplingBlocks: 1, discriminator: 'pixel', seed: 1 }); // prettier-ignore
      const doubling = () =>
        tf.sequential({
          layers: [new Own({ inputShape: [8, 8, 1] }), tf.layers.conv2d({ filters: 1, kernelSize: 1 })],
        });
      const own = {
        generatorG: doubling(),
        generatorF: doubling(),
        discriminatorX: doubling(),
        discriminatorY: doubling(),
      };
      const mixed = new CycleGAN(own);
      const x = scattered([8, 8, 1]) as tf.Tensor3D;
      for (const saved of [model, mixed]) {
        let artifacts: tf.io.ModelArtifacts | undefined;
        await saved.save(
          tf.io.withSaveHandler((given) => {
            artifacts = given;
            return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) });
          }),
        );
        using loaded = await CycleGAN.load(tf.io.fromMemory(artifacts!));
        const [y, again] = [saved.translate(x, 'AtoB'), loaded.translate(x, 'AtoB')];
        expect(again.dataSync()).toEqual(y.dataSync());
        tf.dispose([y, again]);
      }
      expect(registry.InstanceNormalization?.[0]).toBe(Own);
      for (const network of Object.values(own)) network.dispose();
      x.dispose();
    }));
});

describe('models of Keras', () => {
  /** A model of one instance norm as the converter of tfjs writes it. */
  const converted = (className: string, config: object): tf.io.ModelArtifacts => ({
    modelTopology: {
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [
          {
            class_name: className,
            config: {
              name: 'norm', trainable: true, dtype: 'float32', batch_input_shape: [null, 2, 2, 1], epsilon: 0, center: true,
              scale: true, beta_initializer: { class_name: 'Zeros', config: {} },
              gamma_initializer: { class_name: 'RandomNormal', config: { mean: 0, stddev: 0.02, seed: null } },
              beta_regularizer: null, gamma_regularizer: null, beta_constraint: null, gamma_constraint: null, ...config,
            },
          },
        ],
      },
    },
    weightSpecs: [
      { name: 'norm/gamma', shape: [1], dtype: 'float32' },
      { name: 'norm/beta', shape: [1], dtype: 'float32' },
    ],
    weightData: Float32Array.of(2, 0.5).buffer,
  }); // prettier-ignore

  it.each([
    ['Addons>InstanceNormalization', { groups: -1, axis: 3 }],
    ['Addons>InstanceNormalization', { groups: -1, axis: -1 }],
    ['InstanceNormalization', { axis: -1 }],
    ['InstanceNormalization', { axis: [3] }],
  ])('with %s and %o load', (className, config) =>
    withoutLeaks(async () => {
      registerLayers();
      const model = await tf.loadLayersModel(tf.io.fromMemory(converted(className, config)));
      const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      const y = model.predict(x) as tf.Tensor;
      const deviation = Math.sqrt(1.25); // 1 … 4 have mean 2.5
      expect(await y.data()).toBeAllClose([-1.5, -0.5, 0.5, 1.5].map((v) => (2 * v) / deviation + 0.5));
      tf.dispose([x, y]);
      model.dispose();
    }),
  );

  it.each([
    [{ axis: 1 }, 'option "axis" must be -1 or 3, the axis of the channels, got 1.'],
    [{ axis: null }, 'option "axis" must be -1 or 3, the axis of the channels, got null.'],
    [{ groups: 32 }, 'option "groups" must be -1, one channel per group, got 32.'],
  ])('of other axes and groups are refused: %o', (config, message) => {
    expectRefusal(
      () => new InstanceNormalization(config as never),
      'INVALID_OPTION',
      `InstanceNormalization: ${message}`,
    );
  });
});
