/** Arrays are used again only where nobody can see it. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Value } from '../../../../src/backends/onnxruntime/recording/value.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { onOnnxRuntime } from '../engine.js';

onOnnxRuntime();
const SIZE = 2048;

/** x ← x + 1, n times, each its own run. */
function count(x: tf.Variable, n: number): void {
  for (let i = 0; i < n; i++) {
    tf.tidy(() => x.assign(tf.add(x, 1)));
    tf.tidy(() => tf.sum(x)).dispose();
    const probe = tf.tidy(() => tf.slice(tf.add(x, 0.5), [0], [1]));
    probe.dataSync();
    probe.dispose();
  }
}

const all = (value: number) => new Float32Array(SIZE).fill(value);

test('what was read stays as it was read', () =>
  withoutLeaks(async () => {
    const x = tf.tidy(() => tf.variable(tf.zeros([SIZE])));
    count(x, 3);
    const read = x.dataSync();
    const later = await x.data();
    count(x, 5);
    expect(read).toEqual(all(3));
    expect(later).toEqual(all(3));
    expect(x.dataSync()).toEqual(all(8));
    x.dispose();
  }));

test('clones, slices and saved tensors keep their numbers', () =>
  withoutLeaks(() => {
    const x = tf.tidy(() => tf.variable(tf.zeros([SIZE])));
    count(x, 2);
    const clone = tf.clone(x);
    const part = tf.slice(x, [10], [1500]); // looks into the same array
    const shaped = tf.reshape(x, [2, SIZE / 2]);
    count(x, 4);
    expect(clone.dataSync()).toEqual(all(2));
    expect(part.dataSync()).toEqual(all(2).subarray(0, 1500));
    expect(shaped.dataSync()).toEqual(all(2));
    expect(x.dataSync()).toEqual(all(6));
    tf.dispose([x, clone, part, shaped]);
  }));

test("arrays that the program gave are the program's", () =>
  withoutLeaks(() => {
    const given = all(7);
    const x = tf.tidy(() => tf.variable(tf.tensor1d(given)));
    count(x, 4);
    expect(given).toEqual(all(7));
    expect(x.dataSync()).toEqual(all(11));
    x.dispose();
  }));

test('tensors that other backends and the cpu fallback have seen keep their numbers', () =>
  withoutLeaks(async () => {
    const x = tf.tidy(() => tf.variable(tf.zeros([SIZE])));
    count(x, 2);
    const { values, indices } = tf.topk(x, 3); // on the cpu backend
    const copy = tf.add(x, 0);
    copy.dataSync();
    await tf.setBackend('cpu');
    const moved = tf.tidy(() => tf.clone(copy));
    await tf.setBackend('onnxruntime');
    count(x, 4);
    expect(values.dataSync()).toEqual(Float32Array.of(2, 2, 2));
    expect(moved.dataSync()).toEqual(all(2));
    tf.dispose([x, values, indices, copy, moved]);
  }));

test('arrays are used again: there are no more of them with every step', () =>
  withoutLeaks(() => {
    const x = tf.tidy(() => tf.variable(tf.zeros([SIZE])));
    const arrays = new Set<unknown>();
    for (let i = 0; i < 20; i++) {
      count(x, 1);
      arrays.add((x.dataId as Value).known);
    }
    expect(arrays.size).toBeLessThan(5);
    x.dispose();
  }));
