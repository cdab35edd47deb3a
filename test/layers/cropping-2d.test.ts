import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Cropping2D } from '../../src/layers/cropping-2d.js';
import { describeLayer } from '../support/describe-layer.js';
import { withoutLeaks } from '../support/leaks.js';

describeLayer(Cropping2D, {
  cases: { 'nothing cut': {}, 'four sides': { cropping: { top: 1, bottom: 2, left: 0, right: 3 } } },
  refused: [
    [{ croping: 1 }, 'Cropping2D: unknown option "croping". Did you mean "cropping"?'],
    [
      { cropping: -1 },
      'Cropping2D: cropping must be a whole number from 0, [height, width], or { top, bottom, left, right }, got -1.',
    ],
  ],
});

it('cuts [height, width] off', () =>
  withoutLeaks(async () => {
    const x = tf.tensor4d([...Array(15).keys()], [1, 3, 5, 1]);
    const y = new Cropping2D({ cropping: [1, 2] }).apply(x) as tf.Tensor;
    expect(y.shape).toEqual([1, 1, 1, 1]);
    expect(await y.data()).toBeAllClose([7]);
    tf.dispose([x, y]);
  }));
