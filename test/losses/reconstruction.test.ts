import * as tf from '@tensorflow/tfjs';
import { cycleConsistency, identityLoss } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';

describe.each([
  ['cycleConsistency', cycleConsistency],
  ['identityLoss', identityLoss],
])('%s', (_name, loss) => {
  it('is the mean absolute error, with the gradient sign/n, which is 0 where both agree', () =>
    withoutLeaks(async () => {
      const a = tf.tensor4d([1, -0.5, 0.25, 0, 0.5, -1, 0.75, 0.125], [2, 2, 1, 2]);
      const b = tf.tensor4d([0, 0.5, 0.25, 0, 1, 1, 0.25, 0.125], [2, 2, 1, 2]);
      const { value, grads } = tf.valueAndGrads((a, b) => loss(a, b))([a, b]);
      expect(await value.data()).toBeAllClose([(1 + 1 + 0.5 + 2 + 0.5) / 8]);
      const want = [1, -1, 0, 0, -1, -1, 1, 0].map((sign) => sign / 8);
      expect(await grads[0]!.data()).toBeAllClose(want);
      expect(await grads[1]!.data()).toBeAllClose(want.map((g) => -g));
      tf.dispose([a, b, value, ...grads]);
    }));
});
