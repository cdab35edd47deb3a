import * as tf from '@tensorflow/tfjs';
import { Dropout, Random, type RandomSource } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../../src/core/draws.js';
import { describeLayer } from '../support/describe-layer.js';
import { withoutLeaks } from '../support/leaks.js';

describeLayer(Dropout, {
  cases: { 'one half': {}, 'a third, another seed': { rate: 1 / 3, seed: 4 } },
  training: false, // every pass draws its own mask
  refused: [
    [{ rat: 0.1 }, 'Dropout: unknown option "rat". Did you mean "rate"?'],
    [{ rate: 1 }, 'Dropout: option "rate" must be a number from 0, below 1, got 1.'],
    [{ rate: -0.1 }, 'Dropout: option "rate" must be a number from 0, below 1, got -0.1.'],
    [{ seed: 0.5 }, 'Dropout: option "seed" must be a whole number from 0, got 0.5.'],
  ],
});

describe('Dropout', () => {
  const drop = async (layer: Dropout, x: tf.Tensor): Promise<number[]> => {
    const y = layer.apply(x, { training: true }) as tf.Tensor;
    const values = [...(await y.data())];
    y.dispose();
    return values;
  };
  const scripted = (...draws: number[]): RandomSource => ({ uniform: () => draws.shift()!, index: () => 0 });

  it('drops where the draw is below the rate, and scales what stays', () =>
    withoutLeaks(async () => {
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const layer = new Dropout({ rate: 0.2 });
      layer.draws = drawFrom(scripted(0.1, 0.2, 0.9, 0.19));
      expect(await drop(layer, x)).toBeAllClose([0, 2.5, 3.75, 0]);
      x.dispose();
    }));

  it('lets the gradient through where values stay', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([5, 6, 7]);
      const layer = new Dropout();
      layer.draws = drawFrom(scripted(0.7, 0.3, 0.5));
      const gradient = tf.grad((x) => layer.apply(x, { training: true }) as tf.Tensor)(x);
      expect(await gradient.data()).toBeAllClose([2, 0, 2]);
      tf.dispose([x, gradient]);
    }));

  it('is the identity outside of training, and draws nothing', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([1, -2, 3]);
      const layer = new Dropout();
      layer.draws = drawFrom(scripted());
      const y = layer.apply(x) as tf.Tensor;
      expect([...(await y.data())]).toEqual([1, -2, 3]);
      tf.dispose([x, y]);
    }));

  it('draws new masks at every pass, the same from the same stream', () =>
    withoutLeaks(async () => {
      const x = tf.ones([64]);
      const [one, twin, other] = [
        new Dropout({ seed: 3 }),
        new Dropout({ seed: 3 }),
        new Dropout({ seed: 4 }),
      ];
      const [first, second] = [await drop(one, x), await drop(one, x)];
      expect(second).not.toEqual(first);
      expect([await drop(twin, x), await drop(twin, x)]).toEqual([first, second]);
      expect(await drop(other, x)).not.toEqual(first);
      one.draws = drawFrom(new Random(3)); // as a trainer does, to go on from where a stream stood
      expect(await drop(one, x)).toEqual(first);
      x.dispose();
    }));

  it('drops its rate of the values', () =>
    withoutLeaks(async () => {
      const x = tf.ones([10_000]);
      const values = await drop(new Dropout({ rate: 0.3, seed: 1 }), x);
      const dropped = values.filter((value) => value === 0).length;
      expect(Math.abs(dropped - 3000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.3 * 0.7)); // four standard deviations
      x.dispose();
    }));
});
