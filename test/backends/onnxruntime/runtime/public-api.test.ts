/**
 * Without the native binding ONNX Runtime answers with promises: onnxruntime-web, as in browsers, and onnxruntime-node
 * where its binding is not found, as for this copy of the module.
 */
import * as tf from '@tensorflow/tfjs';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, counting } from '../engine.js';

const InferenceSession = {
  create: (model: Uint8Array, options: object) => node.InferenceSession.create(model, options),
};

describe.each([
  ['onnxruntime-node', { ...node, InferenceSession }],
  ['onnxruntime-web', web],
])('%s', (name, module) => {
  beforeAll(async () => {
    registerOnnxRuntimeBackend(module, { name });
    await tf.setBackend(name);
  });
  afterAll(() => tf.removeBackend(name));

  test('computes, with gradients, and runs one graph for all that is read together', () =>
    withoutLeaks(async () => {
      const x = tf.tensor([1, 2, 3]);
      const y = tf.tidy(() => tf.grad((x) => tf.sum(tf.pow(x, 3)))(x));
      const z = tf.add(y, 1); // used while y is on its way
      const { runs } = await counting(async () => {
        expect(await Promise.all([y.data(), z.data()])).toEqual([
          Float32Array.of(3, 12, 27),
          Float32Array.of(4, 13, 28),
        ]);
      });
      expect(runs).toBe(1);
      const reading = z.data();
      const more = tf.mul(z, 2);
      expect(await more.data()).toEqual(Float32Array.of(8, 26, 56));
      expect(await reading).toEqual(Float32Array.of(4, 13, 28));
      tf.dispose([x, y, z, more]);
    }));

  test('values on their way feed what is recorded meanwhile', () =>
    withoutLeaks(async () => {
      const x = tf.tensor([1, 2]);
      const y = tf.square(x);
      const first = y.data();
      await Promise.resolve().then(() => undefined); // y runs now
      const z = tf.add(y, x);
      expect(await z.data()).toEqual(Float32Array.of(2, 6));
      expect(await first).toEqual(Float32Array.of(1, 4));
      tf.dispose([x, y, z]);
    }));

  test('dataSync: what is known is there, the rest needs waiting', () =>
    withoutLeaks(async () => {
      const x = tf.tensor([1, 2]);
      const y = tf.square(x);
      expect(x.dataSync()).toEqual(Float32Array.of(1, 2));
      expect(tf.tidy(() => tf.fill([2], 7).dataSync())).toEqual(Float32Array.of(7, 7));
      expect(() => y.dataSync()).toThrow(
        'onnxruntime backend: dataSync() and arraySync() need values that are not computed yet, and it answers with ' +
          'promises only. Use await tensor.data() or await tensor.array().',
      );
      expect(() => tf.unique(y)).toThrow(
        'onnxruntime backend: kernel "Unique" runs on the cpu backend and needs values that are not computed yet, and ' +
          'it answers with promises only. Wait for its inputs first (await tensor.data()), and do not call it inside a ' +
          'gradient.',
      );
      await y.data();
      expect(y.dataSync()).toEqual(Float32Array.of(1, 4));
      tf.dispose([x, y, ...Object.values(tf.unique(y))]);
    }));

  test('a failure reaches those who wait, and the rest goes on', () =>
    withoutLeaks(async () => {
      const x = tf.tensor([1, 2, 3]);
      const huge = tf.tile(x, [2 ** 40]);
      const good = tf.add(x, 1);
      await expect(huge.data()).rejects.toThrow(
        'onnxruntime backend: out of memory in a graph of 2 kernels, at operator "Tile" of kernel "Tile" (inputs [3]). ' +
          'Use smaller images or batches, or dispose of tensors that are no longer needed.',
      );
      huge.dispose();
      expect(await good.data()).toEqual(Float32Array.of(2, 3, 4));
      tf.dispose([x, good]);
    }));

  test('a loop that never reads runs on its own', () =>
    withoutLeaks(async () => {
      const x = tf.tidy(() => tf.variable(tf.scalar(0)));
      for (let i = 0; i < 1500; i++) tf.tidy(() => x.assign(tf.add(x, 1)));
      expect(backend().stats().kernelsRecorded).toBeGreaterThan(1500);
      expect((await x.data())[0]).toBe(1500);
      expect(backend().stats().runs).toBeGreaterThan(3);
      x.dispose();
    }));
});
