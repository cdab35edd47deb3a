import * as tf from '@tensorflow/tfjs';
import { NearestUpsampling2D } from 'ts-cyclegan';
import { expect, it } from 'vitest';
import { describeLayer } from '../support/describe-layer.js';
import { withoutLeaks } from '../support/leaks.js';

describeLayer(NearestUpsampling2D, {
  cases: { twice: {}, 'three times': { factor: 3 } },
  refused: [
    [{ factors: 2 }, 'NearestUpsampling2D: unknown option "factors". Did you mean "factor"?'],
    [{ factor: 0 }, 'NearestUpsampling2D: option "factor" must be a whole number from 1, got 0.'],
    [{ factor: 1.5 }, 'NearestUpsampling2D: option "factor" must be a whole number from 1, got 1.5.'],
  ],
});

it('repeats each pixel, of each image and channel', () =>
  withoutLeaks(async () => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 30, 4, 40], [2, 1, 2, 2]);
    const y = new NearestUpsampling2D().apply(x) as tf.Tensor;
    expect(y.shape).toEqual([2, 2, 4, 2]);
    const [first, second] = [
      [1, 10, 1, 10, 2, 20, 2, 20],
      [3, 30, 3, 30, 4, 40, 4, 40],
    ];
    expect([...(await y.data())]).toEqual([...first, ...first, ...second, ...second]);
    tf.dispose([x, y]);
  }));

it("has the gradient of a sum over each pixel's copies, and differentiates twice", () =>
  withoutLeaks(async () => {
    const x = tf.tensor4d([1, 2], [1, 1, 2, 1]);
    const layer = new NearestUpsampling2D();
    const cubes = (x: tf.Tensor) => tf.sum(tf.pow(layer.apply(x) as tf.Tensor, 3)); // Σ 4·x³
    const first = tf.grad(cubes)(x);
    const second = tf.grad((x) => tf.grad(cubes)(x))(x);
    expect(await first.data()).toBeAllClose([12, 48]);
    expect(await second.data()).toBeAllClose([24, 48]);
    tf.dispose([x, first, second]);
  }));
