/** What the backend shows of its work: counters, graphs, ONNX Runtime's profile; and what passes make of graphs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { backend, graphsOf, onOnnxRuntime } from './engine.js';

onOnnxRuntime();

test('counters', async () => {
  await graphsOf(() => {
    for (const n of [1, 2]) {
      const y = tf.tidy(() => tf.neg(tf.mul([n, n], [[3, 4]])));
      y.dataSync();
      y.dispose();
    }
    tf.tidy(() => tf.unique([1, 2, 1]));
    const { compileMs, runMs, sessionBytes, ...rest } = backend().stats();
    expect(rest).toEqual({
      graphsCompiled: 1,
      graphsFrozen: 0,
      cacheHits: 1,
      runs: 2,
      kernelsRecorded: 4,
      kernelsFallenBack: { Unique: 1 },
      sessions: 1,
      bytesFed: 32,
      bytesFetched: 16,
      arraysOnDevice: 0,
      nodesOnCpu: 0,
      bytesUploaded: 0,
      bytesDownloaded: 0,
      arraysInThreads: 0,
      bytesKept: 16,
    });
    expect(compileMs).toBeGreaterThan(0);
    expect(runMs).toBeGreaterThan(0);
    expect(sessionBytes).toBeGreaterThan(50);
  });
});

test('graphs as files, and a profile of ONNX Runtime', async () => {
  const { operators, folder } = await graphsOf(() => {
    tf.tidy(() => tf.neg(tf.sqrt([1, 4])).dataSync());
    tf.tidy(() => tf.square([1, 4]).dataSync());
  }, true);
  expect(operators).toEqual([['Sqrt', 'Neg'], ['Mul']]);
  const profiles = (await readdir(folder)).filter((name) => name.startsWith('profile'));
  expect(profiles).toHaveLength(2);
  const events = JSON.parse(await readFile(join(folder, profiles.sort()[0]!), 'utf8')) as { name: string }[];
  expect(events.map(({ name }) => name)).toContain('Sqrt.0/Sqrt.0_kernel_time');
});

test('arithmetic with nothing to do is left out', async () => {
  const x = tf.tensor([[1, 2]]);
  const row = tf.tensor([5, 6]);
  const { operators } = await graphsOf(() => {
    const results = tf.tidy(() => [
      tf.neg(tf.mul(x, tf.onesLike(x))),
      tf.neg(tf.add(tf.zerosLike(x), x)),
      tf.neg(tf.sub(x, tf.zeros([1, 2]))), // zeros that arrive as data are data
      tf.neg(tf.mul(row, tf.ones([200, 2]))), // repeated, not multiplied
      tf.neg(tf.sub(tf.zerosLike(x), x)), // 0 - x is not x
    ]);
    const values = results.map((y) => y.arraySync());
    tf.dispose(results);
    expect(values).toEqual([
      [[-1, -2]],
      [[-1, -2]],
      [[-1, -2]],
      Array.from({ length: 200 }, () => [-5, -6]),
      [[1, 2]],
    ]); // prettier-ignore
  });
  expect(operators.map((list) => [...list].sort())).toEqual([
    ['Expand', 'Neg', 'Neg', 'Neg', 'Neg', 'Neg', 'Sub', 'Sub'],
  ]);
  tf.dispose([x, row]);
});

test('images stay channels first between convolutions', async () => {
  const { operators } = await graphsOf(() => {
    const result = tf.tidy(() => {
      const x = tf.ones<tf.Rank.R4>([1, 8, 8, 3]);
      const w = tf.tensor4d(new Float32Array(3 * 3 * 3 * 3), [3, 3, 3, 3]);
      let y: tf.Tensor = tf.conv2d(tf.add<tf.Tensor4D>(x, 1), w, 1, 'same');
      y = tf.relu(tf.add(y, tf.tensor1d([1, 2, 3])));
      y = tf.sub(y, tf.mean(y, [1, 2], true));
      y = tf.mirrorPad(y, [[0, 0], [1, 1], [1, 1], [0, 0]], 'reflect'); // prettier-ignore
      return tf.conv2d(y as tf.Tensor4D, w, 1, 'valid');
    });
    result.dataSync(); // outside of the scope, whose other tensors are not computed
    result.dispose();
  });
  const transposes = operators[0]!.filter((op) => op === 'Transpose');
  expect(transposes).toHaveLength(4); // the image in and out, the filter, the bias
});
