/** The backend as a tfjs backend: data, counts, reading, lifetimes. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterEach, describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { backend, counting, onOnnxRuntime } from './engine.js';

onOnnxRuntime();
afterEach(() => tf.setBackend('onnxruntime'));

describe('reading', () => {
  test('runs once for all that is wanted, and not at all for what is known', () =>
    withoutLeaks(async () => {
      const x = tf.tensor([1, 2, 3]);
      const { runs } = await counting(async () => {
        const [a, b] = tf.tidy<tf.Tensor[]>(() => [tf.add(x, 1), tf.mul(x, tf.add(x, 2))]);
        expect(await b!.data()).toEqual(Float32Array.of(3, 8, 15));
        expect(a!.dataSync()).toEqual(Float32Array.of(2, 3, 4));
        expect(a!.dataSync()).toEqual(Float32Array.of(2, 3, 4));
        tf.dispose([a!, b!]);
      });
      expect(runs).toBe(1);
      x.dispose();
    }));

  test('several reads at a time run one graph', () =>
    withoutLeaks(async () => {
      const x = tf.tensor([1, 2]);
      const powers = [1, 2, 3].map((n) => tf.pow(x, n));
      const { runs } = await counting(async () => {
        const values = await Promise.all(powers.map((power) => power.data()));
        expect(values.map((value) => [...value])).toEqual([[1, 2], [1, 4], [1, 8]]); // prettier-ignore
      });
      expect(runs).toBe(1);
      tf.dispose([x, powers]);
    }));

  test('a tensor that is disposed while it is read still arrives', async () => {
    const y = tf.tidy(() => tf.square(tf.tensor([3, 4])));
    const reading = y.data();
    y.dispose();
    expect(await reading).toEqual(Float32Array.of(9, 16));
  });

  test('a disposed tensor', () => {
    const y = tf.tidy(() => tf.square(tf.scalar(3)));
    y.dispose();
    expect(() => y.dataSync()).toThrow('Tensor is disposed.');
  });

  test('types', () =>
    withoutLeaks(async () => {
      const read = async (x: tf.Tensor) => {
        const data = await x.data();
        x.dispose();
        return data;
      };
      expect(await read(tf.tidy(() => tf.less(tf.tensor([1, NaN]), 2)))).toEqual(Uint8Array.of(1, 0));
      expect(await read(tf.tidy(() => tf.add(tf.tensor([1, 2], [2], 'int32'), 1)))).toEqual(
        Float32Array.of(2, 3),
      );
      expect(await read(tf.tidy(() => tf.cast(tf.tensor([1.7, -1.7, NaN]), 'int32')))).toEqual(
        Int32Array.of(1, -1, 0),
      );
      expect(await read(tf.tidy(() => tf.concat([tf.tensor(['a']), tf.tensor(['b'])])))).toEqual(['a', 'b']);
      expect(
        await read(tf.tidy(() => tf.mul(tf.complex([1, 0], [1, 2]), tf.complex([0, 3], [1, 0])))),
      ).toEqual(Float32Array.of(-1, 1, 0, 6));
      expect(await read(tf.tidy(() => tf.sum(tf.zeros([0, 3]), 0)))).toEqual(Float32Array.of(0, 0, 0));
      expect(await read(tf.tidy(() => tf.relu(tf.zeros([0]))))).toEqual(new Float32Array(0));
    }));
});

describe('data', () => {
  test('reshapes and clones share it', () =>
    withoutLeaks(() => {
      const before = backend().numDataIds();
      const x = tf.tensor([1, 2, 3, 4]);
      const y = tf.reshape(x, [2, 2]);
      expect(backend().numDataIds()).toBe(before + 1);
      x.dispose();
      expect(tf.tidy(() => tf.sum(y, 1).arraySync())).toEqual([3, 7]);
      y.dispose();
      expect(backend().numDataIds()).toBe(before);
    }));

  test('moves here from another backend, and back', () =>
    withoutLeaks(async () => {
      await tf.setBackend('cpu');
      const x = tf.tensor([1, 2]);
      const z = tf.complex([1], [2]);
      await tf.setBackend('onnxruntime');
      const y = tf.tidy(() => tf.add(x, 1));
      expect([...(await y.data())]).toEqual([2, 3]);
      expect([...tf.tidy(() => tf.imag(z).dataSync())]).toEqual([2]);
      const pending = tf.tidy(() => tf.mul(y, 5));
      await tf.setBackend('cpu');
      expect(tf.tidy(() => tf.neg(pending).arraySync())).toEqual([-10, -15]);
      tf.dispose([x, y, z, pending]);
    }));

  test('attributes are those of the call, whatever becomes of the lists that were passed', () =>
    withoutLeaks(() => {
      const x = tf.tensor([1, 2, 3]);
      const paddings: [number, number][] = [[1, 0]];
      const y = tf.pad(x, paddings);
      paddings[0]![0] = 2;
      expect(y.arraySync()).toEqual([0, 1, 2, 3]);
      tf.dispose([x, y]);
    }));
});

describe('lifetimes', () => {
  test('removed and registered again under another name, with sessions of its own', async () => {
    registerOnnxRuntimeBackend(ort, { name: 'second' });
    await tf.setBackend('second');
    const x = tf.tidy(() => tf.square(tf.scalar(3)));
    expect(x.dataSync()[0]).toBe(9);
    const second = backend();
    expect(second.stats()).toMatchObject({ graphsCompiled: 1, sessions: 1 });
    x.dispose();
    tf.removeBackend('second');
    expect(second.stats()).toMatchObject({ sessions: 0, sessionBytes: 0 });
    registerOnnxRuntimeBackend(ort, { name: 'second' });
    await tf.setBackend('second');
    const y = tf.tidy(() => tf.square(tf.scalar(4)));
    expect(y.dataSync()[0]).toBe(16);
    y.dispose();
    tf.removeBackend('second');
  });

  test('tensors of a removed backend say so', async () => {
    registerOnnxRuntimeBackend(ort, { name: 'third' });
    await tf.setBackend('third');
    const third = backend();
    const x = tf.square(tf.tensor([3, 3]));
    const { dataId } = x;
    tf.removeBackend('third');
    expect(() => third.readSync(dataId)).toThrow(
      'onnxruntime backend: this tensor cannot be read: its backend was removed or reset, or it was disposed. ' +
        'Read tensors (await tensor.data()) before.',
    );
  });

  test('sessions are bounded; the one unused for longest goes', async () => {
    registerOnnxRuntimeBackend(ort, { name: 'small', maxSessions: 2 });
    await tf.setBackend('small');
    const run = (size: number) => tf.tidy(() => void tf.square(tf.tensor(new Float32Array(size))).dataSync());
    for (const size of [2, 3, 2, 4, 2, 3]) run(size); // 4 pushes 3 out, 3 pushes 4 out; 2 stays
    expect(backend().stats()).toMatchObject({ graphsCompiled: 4, cacheHits: 2, sessions: 2 });
    tf.removeBackend('small');

    registerOnnxRuntimeBackend(ort, { name: 'small', maxSessionBytes: 0 });
    await tf.setBackend('small');
    for (const size of [2, 3, 3, 2]) run(size);
    expect(backend().stats()).toMatchObject({ graphsCompiled: 3, cacheHits: 1, sessions: 1 });
    tf.removeBackend('small');
  });
});

describe('time and profile', () => {
  test('time is that of the engine', async () => {
    const x = tf.ones([64, 64]);
    const { kernelMs, wallMs } = await tf.time(() => tf.tidy(() => void tf.matMul(x, x)));
    expect(wallMs).toBeGreaterThanOrEqual(kernelMs as number);
    x.dispose();
  });

  test('a profile lists the kernels', () =>
    withoutLeaks(async () => {
      const { kernels, peakBytes } = await tf.profile(() =>
        tf.tidy(() => void tf.relu(tf.neg(tf.ones([10])))),
      );
      expect(kernels.map(({ name }) => name)).toEqual(['Neg', 'Relu']);
      expect(peakBytes).toBeGreaterThanOrEqual(120);
    }));
});

test('memory is told to be freed later', () => {
  expect(tf.memory()).toMatchObject({ unreliable: true });
});
