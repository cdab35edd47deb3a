/** Complex tensors hold their parts as other tensors do, whatever is disposed first. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { backend, onOnnxRuntime } from './engine.js';

onOnnxRuntime();

/** Fails also where the backend then counts more or fewer data than before. */
const withoutLosses = (body: () => void | Promise<void>): Promise<void> =>
  withoutLeaks(async () => {
    const before = backend().numDataIds();
    await body();
    expect(backend().numDataIds()).toBe(before);
  });

const numbers = (x: tf.Tensor): number[] => [...x.dataSync()];

/** Tensors [3, 3]. */
const parts: [string, () => tf.Tensor][] = [
  ['known', () => tf.tensor1d([3, 3])],
  ['still to be computed', () => tf.tidy(() => tf.add(tf.tensor1d([1, 1]), 2))],
  ['filled', () => tf.fill([2], 3)],
];

describe.each(parts)('parts that are %s', (_, make) => {
  test('one tensor twice outlives its complex tensor', () =>
    withoutLosses(() => {
      const x = make();
      const z = tf.complex(x, x);
      z.dispose();
      const y = tf.add(x, 1); // recorded when z is gone
      expect([numbers(x), numbers(y)]).toEqual([
        [3, 3],
        [4, 4],
      ]);
      tf.dispose([x, y]);
    }));

  test('one tensor twice is outlived', () =>
    withoutLosses(() => {
      const x = make();
      const z = tf.complex(x, x);
      x.dispose();
      const copy = tf.clone(z);
      z.dispose();
      expect(numbers(copy)).toEqual([3, 3, 3, 3]);
      copy.dispose();
    }));

  test('views of a part outlive everything else', () =>
    withoutLosses(() => {
      const [x, y] = [make(), make()];
      const z = tf.complex(x, y);
      const [real, imag] = [tf.real(z), tf.imag(z)];
      tf.dispose([z, x]);
      expect(numbers(real)).toEqual([3, 3]);
      real.dispose();
      expect(numbers(y)).toEqual([3, 3]);
      y.dispose();
      const sum = tf.tidy(() => tf.add(imag, 1));
      imag.dispose();
      expect(numbers(sum)).toEqual([4, 4]);
      sum.dispose();
    }));

  test('two complex tensors of the same parts, and what is computed of them', () =>
    withoutLosses(() => {
      const x = make();
      const [z, w] = [tf.complex(x, x), tf.complex(x, x)];
      const product = tf.mul(z, w); // on the cpu backend
      z.dispose();
      expect([numbers(w), numbers(product), numbers(x)]).toEqual([
        [3, 3, 3, 3],
        [0, 18, 0, 18],
        [3, 3],
      ]);
      tf.dispose([w, product]);
      expect(numbers(x)).toEqual([3, 3]);
      x.dispose();
    }));

  test('that come from another backend', () =>
    withoutLosses(async () => {
      await tf.setBackend('cpu');
      const x = make();
      const z = tf.complex(x, x);
      await tf.setBackend('onnxruntime');
      const sum = tf.add(z, z);
      const real = tf.real(z);
      z.dispose();
      expect([numbers(sum), numbers(real), numbers(x)]).toEqual([
        [6, 6, 6, 6],
        [3, 3],
        [3, 3],
      ]);
      tf.dispose([x, sum, real]);
    }));
});
