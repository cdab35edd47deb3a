import * as tf from '@tensorflow/tfjs';
import { BatchNormalization, MovingAverage, type NamedTensorData, type TensorData } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';

/** y = a·x + b in one dense layer, then batch normalisation with its running mean and variance. */
function smallNetwork(): tf.LayersModel {
  const input = tf.input({ shape: [1, 1, 1] });
  const line = tf.layers.conv2d({ filters: 1, kernelSize: 1, biasInitializer: 'ones' }).apply(input);
  return tf.model({ inputs: input, outputs: new BatchNormalization().apply(line) as tf.SymbolicTensor });
}

/** Sets weight i of the network to the number i + `by`. */
function setWeights(network: tf.LayersModel, by: number): void {
  tf.tidy(() =>
    network.setWeights(network.weights.map(({ shape }, i) => tf.fill(shape as number[], i + by))),
  );
}

const numbers = async (tensors: tf.Tensor[]): Promise<number[]> =>
  Promise.all(tensors.map(async (t) => (await t.data())[0]!));
const weights = (network: tf.LayersModel) => numbers(network.getWeights());
const averages = async (average: MovingAverage) =>
  Object.values((await average.state()).weights).map(({ data }) => data[0]!);

/** The first two weights in each other's place. */
function swapped(weights: NamedTensorData): NamedTensorData {
  const [[a, x], [b, y]] = Object.entries(weights) as [[string, TensorData], [string, TensorData]];
  return { [a]: y, [b]: x };
}

describe('MovingAverage', () => {
  it('averages trained weights, and copies running statistics', () =>
    withoutLeaks(async () => {
      const network = smallNetwork();
      const trained = network.weights.map(({ trainable }) => trainable);
      expect(trained.filter((t) => !t)).toHaveLength(2);
      setWeights(network, 0);
      const average = new MovingAverage(network, { decay: 0.75 });
      expect(await averages(average)).toEqual(trained.map((_, i) => i));
      setWeights(network, 8);
      average.update();
      // at first the decay is (1 + n)/(10 + n): 1/10, then 2/11
      expect(await averages(average)).toBeAllClose(trained.map((t, i) => (t ? i + 7.2 : i + 8)));
      average.update();
      expect(await averages(average)).toBeAllClose(
        trained.map((t, i) => (t ? i + 7.2 + (0.8 * 9) / 11 : i + 8)),
      );
      average.dispose();
      network.dispose();
    }));

  it('leaks no tensors', () =>
    withoutLeaks(() => {
      const network = smallNetwork();
      const average = new MovingAverage(network);
      const { numTensors } = tf.memory();
      tf.tidy(() => average.update()); // also inside of a tidy: averages outlive it
      average.update();
      expect(tf.memory().numTensors).toBe(numTensors);
      average.dispose();
      network.dispose();
    }));

  it('gives the network the averages, then its own weights back, also after an error', () =>
    withoutLeaks(async () => {
      const network = smallNetwork();
      setWeights(network, 0);
      const average = new MovingAverage(network, { decay: 0.5 });
      setWeights(network, 4);
      average.update();
      const own = await weights(network);
      const mean = await averages(average);
      expect(mean).not.toEqual(own);

      expect(await average.during(() => weights(network))).toEqual(mean);
      expect(await weights(network)).toEqual(own);
      await expect(average.during(() => Promise.reject(new Error('out of luck')))).rejects.toThrow(
        'out of luck',
      );
      expect(await weights(network)).toEqual(own);
      expect(await averages(average)).toEqual(mean);

      const copy = smallNetwork();
      average.copyTo(copy);
      average.dispose();
      expect(await weights(copy)).toEqual(mean);
      network.dispose();
      copy.dispose();
    }));

  it('resumes from its state bit for bit', () =>
    withoutLeaks(async () => {
      const network = smallNetwork();
      const average = new MovingAverage(network);
      setWeights(network, 0.1);
      average.update();
      const state = structuredClone(await average.state());
      setWeights(network, -0.7);
      const other = new MovingAverage(network);
      other.restore(state);
      average.update();
      other.update();
      expect(await averages(other)).toEqual(await averages(average));
      average.dispose();
      other.dispose();
      network.dispose();
    }));

  it('refuses a wrong decay, and the state of another network', () =>
    withoutLeaks(async () => {
      const network = smallNetwork();
      expect(() => new MovingAverage(network, { decay: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: MovingAverage: option "decay" must be a number from 0, below 1, got 1.]`,
      );
      const average = new MovingAverage(network);
      const { weights } = await average.state();
      expect(() =>
        average.restore({ updates: 0, weights: Object.fromEntries(Object.entries(weights).slice(1)) }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: MovingAverage.restore: "conv2d_Conv2D/kernel" is missing. Use the state of a network with the same options.]`,
      );
      expect(() =>
        average.restore({ updates: 0, weights: { ...weights, ...swapped(weights) } }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: MovingAverage.restore: "conv2d_Conv2D/kernel" must have shape [1, 1, 1, 1], got [1]. Use the state of a network with the same options.]`,
      );
      average.dispose();
      network.dispose();
    }));
});
