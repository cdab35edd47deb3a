/** A bool that is not 0 is true, whatever byte the program wrote for it, and comes back as 1. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { asynchronous, onBackend, onOnnxRuntime } from './engine.js';

onOnnxRuntime();

const bytes = () => Uint8Array.of(255, 0, 2, 1);
const other = () => tf.tensor1d(Uint8Array.of(7, 7, 0, 0), 'bool');
const [a, b] = [() => tf.tensor1d([1, 2, 3, 4]), () => tf.tensor1d([-1, -2, -3, -4])];

const cases: [string, (mask: tf.Tensor1D) => tf.Tensor, number[]][] = [
  ['itself', (m) => tf.clone(m), [1, 0, 1, 1]],
  ['where', (m) => tf.where(m, a(), b()), [1, -2, 3, 4]],
  ['where, of bools', (m) => tf.where(m, m, other()), [1, 1, 1, 1]],
  ['logicalAnd', (m) => tf.logicalAnd(m, other()), [1, 0, 0, 0]],
  ['logicalOr', (m) => tf.logicalOr(m, other()), [1, 1, 1, 1]],
  ['logicalXor', (m) => tf.logicalXor(m, other()), [0, 1, 1, 1]],
  ['logicalNot', (m) => tf.logicalNot(m), [0, 1, 0, 0]],
  ['float32', (m) => tf.cast(m, 'float32'), [1, 0, 1, 1]],
  ['int32', (m) => tf.cast(m, 'int32'), [1, 0, 1, 1]],
  ['any and all', (m) => tf.stack([tf.any(m), tf.all(m), tf.all(tf.slice(m, 2, 2))]), [1, 0, 1]],
  ['sum', (m) => tf.sum(m), [3]],
  ['mean', (m) => tf.mean(m), [0.75]],
  ['equal', (m) => tf.equal(m, tf.tensor1d([true, false, true, false], 'bool')), [1, 1, 1, 0]],
  ['a product', (m) => tf.mul(m, a()), [1, 0, 3, 4]],
  ['a part', (m) => tf.where(tf.slice(m, 1, 2), tf.zeros([2]), tf.ones([2])), [1, 0]],
  ['gather', (m) => tf.gather(m, tf.tensor1d([2, 1], 'int32')), [1, 0]],
  ['concat', (m) => tf.concat([m, other()]), [1, 0, 1, 1, 1, 1, 0, 0]],
  ['a kernel of the cpu backend', (m) => tf.unique(m).values, [1, 0]],
  ['fill', () => tf.cast(tf.fill([2], 255, 'bool'), 'float32'), [1, 1]],
];

describe.each(['onnxruntime', asynchronous])('%s', (name) => {
  onBackend(name);

  test.each(cases)('%s', (_, compute, want) =>
    withoutLeaks(async () => {
      const given = bytes();
      const y = tf.tidy(() => compute(tf.tensor1d(given, 'bool')));
      expect([...(await y.data())]).toEqual(want);
      expect(given).toEqual(bytes());
      y.dispose();
    }),
  );

  test('a mask that comes from another backend', () =>
    withoutLeaks(async () => {
      await tf.setBackend('cpu');
      const mask = tf.tensor1d(bytes(), 'bool');
      await tf.setBackend(name);
      const y = tf.tidy(() => tf.where(mask, a(), b()));
      expect([...(await y.data())]).toEqual([1, -2, 3, 4]);
      tf.dispose([mask, y]);
    }));
});
