import * as tf from '@tensorflow/tfjs';
import { unetSkip } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { modelOf } from '../support/blocks.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const sizes = { innerFilters: 3, outerFilters: 4 };
const layersOf = (model: tf.LayersModel) =>
  model.layers.slice(1).map((layer) => `${layer.name} ${layer.getClassName()}`);

describe('unetSkip', () => {
  it('at the bottom gives its input beside what it computes', () =>
    withoutLeaks(async () => {
      const model = modelOf(
        (x) => unetSkip(x, { ...sizes, inner: null, useBias: true, norm: null }),
        [4, 4, 2],
      );
      const x = scattered([1, 4, 4, 2]);
      const [down, bias, up, last] = [
        scattered([4, 4, 2, 3]),
        tf.zeros([3]),
        tf.zeros([4, 4, 4, 3]),
        tf.range(1, 5),
      ];
      model.setWeights([down, bias, up, last]);
      const y = model.predict(x) as tf.Tensor;
      const [skip, rest] = tf.split(y, [2, 4], 3);
      expect(await skip!.data()).toEqual(await x.data());
      expect(await rest!.data()).toBeAllClose(Array(16).fill([1, 2, 3, 4]).flat() as number[]);
      model.dispose();
      tf.dispose([x, down, bias, up, last, y, skip!, rest!]);
    }));

  it('names and orders its layers as P: no norm at the bottom on the way down', () =>
    withoutLeaks(() => {
      const model = modelOf((x) => unetSkip(x, { ...sizes, inner: null, name: 'u', dropout: true }));
      expect(layersOf(model)).toEqual([
        'u.model.0 TwiceDifferentiableLeakyReLU', 'u.model.1 Conv2D', 'u.model.2 ReLU', 'u.model.3 Conv2DTranspose',
        'u.model.4 InstanceNormalization', 'u.model.5 SeededDropout', 'u Concatenate',
      ]); // prettier-ignore
      model.dispose();
    }));

  it('holds what lies within between its norm and the way up', () =>
    withoutLeaks(() => {
      const seen: unknown[] = [];
      const inner = (x: tf.SymbolicTensor, name: string | undefined) => {
        seen.push(x.shape, name);
        return tf.layers
          .activation({ activation: 'linear', ...(name === undefined ? {} : { name }) })
          .apply(x) as tf.SymbolicTensor;
      };
      const model = modelOf((x) => unetSkip(x, { ...sizes, inner, name: 'u' }));
      expect(seen).toEqual([[null, 4, 4, 3], 'u.model.3']);
      expect(layersOf(model)).toEqual([
        'u.model.0 TwiceDifferentiableLeakyReLU', 'u.model.1 Conv2D', 'u.model.2 InstanceNormalization', 'u.model.3 Activation',
        'u.model.4 ReLU', 'u.model.5 Conv2DTranspose', 'u.model.6 InstanceNormalization', 'u Concatenate',
      ]); // prettier-ignore
      model.dispose();
    }));

  it('outermost has a bias and tanh on the way up, and no norm, skip, or activation on the way down', () =>
    withoutLeaks(async () => {
      const model = modelOf((x) => unetSkip(x, { ...sizes, inner: (x) => x, outermost: true }), [4, 4, 2]);
      expect(model.layers.slice(1).map((layer) => layer.getClassName())).toEqual([
        'Conv2D', 'ReLU', 'Conv2DTranspose', 'Activation',
      ]); // prettier-ignore
      const weights = [tf.zeros([4, 4, 2, 3]), tf.zeros([4, 4, 4, 3]), tf.tensor1d([0, 1, -2, 50])];
      model.setWeights(weights);
      const x = tf.ones([1, 4, 4, 2]);
      const y = model.predict(x) as tf.Tensor;
      const want = [0, Math.tanh(1), Math.tanh(-2), 1];
      expect(await y.data()).toBeAllClose(Array(16).fill(want).flat() as number[]);
      model.dispose();
      tf.dispose([...weights, x, y]);
    }));

  it.each([
    [{ ...sizes }, 'option "inner" must be a function on symbolic tensors, or null, got undefined.'],
    [
      { ...sizes, inner: null, kernelSize: 3 },
      'unknown option "kernelSize". Known: kernelInitializer, norm, gammaInitializer, useBias, name, innerFilters, outerFilters, inner, outermost, dropout, seed.',
    ],
    [
      { inner: null, innerFilters: 0, outerFilters: 1 },
      'option "innerFilters" must be a whole number from 1, got 0.',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => unetSkip(tf.input({ shape: [8, 8, 2] }), options as never)).toThrow(
      expect.objectContaining({ name: 'CycleGANError', message: `unetSkip: ${message}` }),
    );
  });
});
