/** What a program writes to its arrays later does not change what was computed before, as on tfjs' cpu backend. */
import * as tf from '@tensorflow/tfjs';
import { normalizeImage } from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { Capture } from '../../../../src/core/capture.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { asynchronous, onBackend, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

/** What is computed three times from one array; the program writes another value to it each time. */
interface Case {
  name: string;
  array?: Float32Array | Int32Array | Uint8Array;
  compute: (array: never) => tf.Tensor;
  /** The first element of each result. */
  want: number[];
  values?: number[];
  /** A backend that does it differently. */
  not?: string;
}

const floats = (): Float32Array => new Float32Array(12);
const tensor = (array: Float32Array): tf.Tensor3D => tf.tensor3d(array, [2, 2, 3]);
const big = (): Float32Array => new Float32Array(20_000);

const cases: Case[] = [
  { name: 'a sum', compute: (a: Float32Array) => tf.add(tensor(a), 0.5), want: [1.5, 2.5, 3.5] },
  { name: 'a large sum', array: big(), compute: (a: Float32Array) => tf.add(tf.tensor1d(a), 0.5), want: [1.5, 2.5, 3.5] },
  { name: 'the usual copy', compute: (a: Float32Array) => tf.add(tensor(a), 0), want: [1, 2, 3] },
  { name: 'a product with ones', compute: (a: Float32Array) => tf.mul(tensor(a), tf.ones([2, 2, 3])), want: [1, 2, 3] },
  { name: 'ones that do not stay ones', array: big(), values: [1, 2], compute: (a: Float32Array) => tf.mul(tf.tensor1d(a), 3), want: [3, 6] },
  { name: 'normalizeImage', values: [0, 127.5, 255], compute: (a: Float32Array) => normalizeImage(tensor(a)), want: [-1, 0, 1] },
  { name: 'int32', array: new Int32Array(12), compute: (a: Int32Array) => tf.mul(tf.tensor1d(a), tf.scalar(2, 'int32')), want: [2, 4, 6] },
  { name: 'bool', array: new Uint8Array(4), values: [0, 1, 0], compute: (a: Uint8Array) => tf.logicalNot(tf.tensor1d(a, 'bool')), want: [1, 0, 1] },
  { name: 'a reshaped tensor', compute: (a: Float32Array) => tf.neg(tf.reshape(tf.clone(tensor(a)), [12])), want: [-1, -2, -3] },
  { name: 'an expanded tensor', compute: (a: Float32Array) => tf.neg(tf.expandDims(tensor(a))), want: [-1, -2, -3] },
  { name: 'a cut tensor', compute: (a: Float32Array) => tf.slice(tf.tensor1d(a), 3, 2), want: [1, 2, 3], not: 'cpu' },
  { name: 'a part of the array', compute: (a: Float32Array) => tf.square(tf.tensor1d(a.subarray(4, 8))), want: [1, 4, 9] },
  { name: 'indices', array: new Int32Array(2), values: [0, 2, 1], compute: (a: Int32Array) => tf.gather(tf.tensor1d([5, 6, 7]), tf.tensor1d(a, 'int32')), want: [5, 7, 6] },
  { name: 'a kernel of the cpu backend', compute: (a: Float32Array) => tf.topk(tf.tensor1d(a), 2).values, want: [1, 2, 3] },
  { name: 'a cast to the same type', compute: (a: Float32Array) => tf.neg(tf.cast(tf.tensor1d(a), 'float32')), want: [-1, -2, -3] },
  { name: 'complex numbers', compute: (a: Float32Array) => { const x = tf.tensor1d(a); return tf.neg(tf.imag(tf.complex(x, x))); }, want: [-1, -2, -3] },
  { name: 'a gradient', compute: (a: Float32Array) => tf.grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.tensor1d(a)), want: [2, 4, 6] },
  { name: 'a variable', compute: (a: Float32Array) => { const w = tf.variable(tf.tensor1d(a)); const y = tf.add(w, 1); w.dispose(); return y; }, want: [2, 3, 4] },
  { name: 'a variable that is assigned a sum', compute: (a: Float32Array) => { const w = tf.variable(tf.zeros([12])); w.assign(tf.add(tf.tensor1d(a), 1)); const y = tf.clone(w); w.dispose(); return y; }, want: [2, 3, 4] },
  { name: 'the tensor itself, which shows its array', compute: (a: Float32Array) => tf.tensor1d(a), want: [3, 3, 3] },
  { name: 'nothing', array: new Float32Array(0), compute: (a: Float32Array) => tf.add(tf.sum(tf.tensor1d(a)), 2), want: [2, 2, 2] },
]; // prettier-ignore

async function check({ array = floats(), compute, want, values = [1, 2, 3] }: Case): Promise<void> {
  await withoutLeaks(async () => {
    const kept = values.map((value) => {
      array.fill(value);
      return tf.tidy(() => compute(array as never));
    });
    const got = await Promise.all(kept.map(async (y) => (await y.data())[0]));
    tf.dispose(kept);
    expect(got).toEqual(want);
  });
}

describe.each(['cpu', 'onnxruntime', asynchronous])('on %s, a later write does not change', (name) => {
  onBackend(name);

  test.each(cases.filter(({ not }) => name !== not))('$name', check);

  test('results of one tensor, which follows its array', () =>
    withoutLeaks(async () => {
      const array = floats();
      const x = tensor(array);
      const kept = [1, -0, 0, NaN].map((value) => {
        array.fill(value);
        return tf.tidy(() => tf.div(2, x));
      });
      const got = await Promise.all(kept.map(async (y) => (await y.data())[0]));
      expect(got).toEqual([2, -Infinity, Infinity, NaN]);
      tf.dispose([x, kept]);
    }));

  test('what was recorded, by way of an array that was read', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([1, 2, 3]);
      const y = tf.tidy(() => tf.add(x, 1));
      const read = [await x.data(), x.dataSync(), await y.data(), y.dataSync()];
      const later: tf.Tensor[] = tf.tidy(() => [tf.mul(x, 2), tf.mul(y, 2), tf.neg(tf.slice(y, 1, 2))]);
      for (const array of read) array.fill(100);
      expect((await Promise.all(later.map((z) => z.data()))).map((z) => [...z])).toEqual([
        [2, 4, 6],
        [4, 6, 8],
        [-3, -4],
      ]);
      tf.dispose([x, y, later]);
    }));

  test('strings', () =>
    withoutLeaks(async () => {
      const text = new TextEncoder().encode('abc');
      const x = tf.tensor([text] as never, [1], 'string');
      const y = tf.tidy(() => tf.concat([x, tf.tensor(['d'])]));
      const read = (await y.bytes()) as Uint8Array[];
      expect(await y.data()).toEqual(['abc', 'd']);
      if (name !== 'cpu') {
        text[0] = read[1]![0] = 122; // on cpu the bytes are the same
        expect(await y.data()).toEqual(['abc', 'd']);
      }
      tf.dispose([x, y]);
    }));
});

test('a large tensor keeps what it had when it was first used', () =>
  withoutLeaks(() => {
    const array = big().fill(1);
    const x = tf.tensor1d(array);
    const y = tf.add(x, 1);
    array.fill(5);
    const z = tf.mul(x, 2);
    expect([x, y, z].map((t) => t.dataSync()[19_999])).toEqual([1, 2, 2]);
    tf.dispose([x, y, z]);
  }));

test('a tensor that came from another backend', () =>
  withoutLeaks(async () => {
    await tf.setBackend('cpu');
    const array = floats().fill(1);
    const x = tensor(array);
    await tf.setBackend('onnxruntime');
    const y = tf.tidy(() => tf.add(x, 1));
    array.fill(7);
    expect(y.dataSync()[0]).toBe(2);
    tf.dispose([x, y]);
  }));

describe('what is replayed', () => {
  /** y = x + c, and 3x, which is left to be computed later. */
  function computation() {
    const capture = new Capture(new Random(0));
    const beside: tf.Tensor[] = [];
    const constant = floats().fill(10);
    const c = tensor(constant);
    let calls = 0;
    const run = (x: tf.Tensor) =>
      tf.tidy(
        () =>
          capture.run('f', 'f', [
            {
              inputs: [x],
              variables: [],
              compute: () => {
                calls++;
                beside.push(tf.keep(tf.mul(x, 3)));
                return { y: tf.add(x, c) };
              },
            },
          ])[0]!.y,
      );
    return { run, beside, constant, calls: () => calls, dispose: () => tf.dispose([c, beside]) };
  }

  test('has the values of its input at each time, and of constants when it was recorded', () =>
    withoutLeaks(() => {
      const { run, beside, constant, calls, dispose } = computation();
      const array = floats();
      const x = tensor(array);
      const kept = [1, 2, 3].map((value) => {
        array.fill(value);
        constant.fill(10 * value);
        return run(x);
      });
      array.fill(9);
      expect(kept.map((y) => y.dataSync()[0])).toEqual([11, 12, 13]);
      expect(beside.map((y) => y.dataSync()[0])).toEqual([3]);
      expect(calls()).toBe(1);
      tf.dispose([x, kept]);
      dispose();
    }));

  test('does not change with what was read of it', () =>
    withoutLeaks(() => {
      const { run, dispose } = computation();
      const x = tensor(floats().fill(1));
      const [first, second] = [run(x), run(x)];
      for (const y of [first, second, x]) y.dataSync().fill(100);
      const third = run(second);
      expect([first, second, third].map((y) => y.dataSync()[0])).toEqual([11, 11, 21]);
      tf.dispose([x, first, second, third]);
      dispose();
    }));
});
