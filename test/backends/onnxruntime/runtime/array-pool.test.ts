/** Arrays that no run takes do not stay. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { ArrayPool } from '../../../../src/backends/onnxruntime/runtime/array-pool.js';
import { Capture } from '../../../../src/core/capture.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();
const kind = { type: 'float32', size: 2 ** 20 };

test('gives what it was given, by type and size', () => {
  const pool = new ArrayPool<string>();
  pool.give(kind, 'a');
  expect(pool.take({ ...kind, type: 'int32' })).toBeUndefined();
  expect(pool.take({ ...kind, size: 3 })).toBeUndefined();
  expect([pool.take(kind), pool.take(kind)]).toEqual(['a', undefined]);
});

test('drops what no run takes for 32 to 64 runs, and what is beyond 128 MiB', () => {
  const dropped: number[] = [];
  const pool = new ArrayPool<number>((array) => dropped.push(array));
  pool.give(kind, 1);
  for (let run = 0; run < 63; run++) pool.countRun();
  expect(dropped).toEqual([]);
  pool.countRun();
  expect([dropped, pool.take(kind)]).toEqual([[1], undefined]);
  for (let i = 0; i < 33; i++) pool.give(kind, 100 + i); // 4 MiB each
  expect(dropped).toEqual([1, 132]);
  pool.clear();
  expect(dropped).toHaveLength(34);
  pool.give(kind, 2);
  expect(pool.take(kind)).toBe(2);
});

test('what a thread is fed again and again does not gather there', () =>
  withoutLeaks(() => {
    const capture = new Capture(new Random(0));
    const step = (i: number) =>
      tf.tidy(() => {
        const x = tf.tensor1d(new Float32Array(50_000).fill(i));
        const scale = tf.fill([2], i + 0.5);
        const { y } = capture.run('f', 'k', [
          { inputs: [x, scale], variables: [], compute: () => ({ y: tf.mul(tf.sum(x), tf.sum(scale)) }) },
        ])[0]!;
        return y.dataSync()[0];
      });
    const steps = 1000; // 200 MB of inputs
    const before = process.memoryUsage().rss;
    const existing = backend().stats().arraysInThreads;
    for (let i = 0; i < steps; i++) expect(step(i % 4)).toBe(50_000 * (i % 4) * 2 * ((i % 4) + 0.5));
    expect(backend().stats().arraysInThreads - existing).toBeLessThan(10);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  }));
