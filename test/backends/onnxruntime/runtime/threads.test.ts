/** Captured computations in threads: two at the same time, whose arrays are transferred from one thread to the other. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { describe, expect, test } from 'vitest';
import { type Computation, Capture } from '../../../../src/core/capture.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const numbers = (tensors: tf.Tensor[]): number[][] => tensors.map((t) => [...t.dataSync()]);

describe('two computations at the same time', () => {
  /** x ← w·x and y ← w + y, w ← w + 1; the variables change sides at each step. */
  function game() {
    const capture = new Capture(new Random(0));
    const [w, x, y] = tf.tidy(() => [2, 3, 5].map((v) => tf.variable(tf.fill([2000], v))));
    const variables = [w!, x!, y!];
    const step = (turn: number) => {
      const [first, second] = turn % 2 === 0 ? [x!, y!] : [y!, x!];
      const computation = (own: tf.Variable, f: (w: tf.Tensor, v: tf.Tensor) => tf.Tensor): Computation => ({
        inputs: [],
        variables: [w!, own],
        compute: () => {
          own.assign(f(w!, own));
          return { sum: tf.sum(own) };
        },
      });
      const sums = capture.run('sides', 'k', [computation(first, tf.mul), computation(second, tf.add)], true);
      capture.run('w', 'k', [
        {
          inputs: [],
          variables: [w!],
          compute: () => {
            w!.assign(tf.add(w!, 1));
            return {};
          },
        },
      ]);
      return sums.map(({ sum }) => sum!);
    };
    return { variables, step };
  }

  test('give what one after the other gives, with arrays that change threads', () =>
    withoutLeaks(async () => {
      const { variables, step } = game();
      let [w, x, y] = [2, 3, 5];
      const { recorded, compiled } = await counting(() => {
        for (let turn = 0; turn < 6; turn++) {
          const sums = tf.tidy(() => step(turn));
          if (turn % 2 === 0) [x, y] = [w * x, w + y];
          else [x, y] = [w + x, w * y];
          w++;
          if (turn !== 3) {
            const [first, second] = turn % 2 === 0 ? [x, y] : [y, x];
            expect(numbers(sums)).toEqual([[2000 * first], [2000 * second]]);
          }
          tf.dispose(sums);
        }
      });
      expect([recorded, compiled]).toEqual([5, 3]); // two kernels a side, one for w, at the first step alone
      expect(numbers(variables).map((list) => new Set(list))).toEqual([[w], [x], [y]].map((v) => new Set(v)));
      tf.dispose(variables);
    }));

  test('let go of arrays that nobody holds', () =>
    withoutLeaks(() => {
      const { variables, step } = game();
      const existing = backend().stats().arraysInThreads;
      const arrays: number[] = [];
      for (let turn = 0; turn < 20; turn++) {
        tf.tidy(() => {
          step(turn);
        });
        arrays.push(backend().stats().arraysInThreads);
      }
      expect(new Set(arrays.slice(4)).size).toBeLessThan(3); // by whose turn it is
      // w in both threads, x and y, a sum of each side; and w, x, y and sums before, which go with the next step
      expect(Math.max(...arrays.slice(4)) - existing).toBeLessThanOrEqual(12);
      tf.dispose(variables);
    }));

  test('throw what one of them throws, and go on', () =>
    withoutLeaks(() => {
      const capture = new Capture(new Random(0));
      const x = tf.tensor1d([1, 2, 3]);
      const run = (index: tf.Tensor1D) =>
        tf.tidy(() =>
          numbers(
            capture
              .run(
                'pair',
                'k',
                [
                  { inputs: [x], variables: [], compute: () => ({ y: tf.neg(x) }) },
                  { inputs: [x, index], variables: [], compute: () => ({ y: tf.gather(x, tf.abs(index)) }) },
                ],
                true,
              )
              .map(({ y }) => y),
          ),
        );
      const indices = [[0], [-9], [-2]].map((list) => tf.tensor1d(list, 'int32'));
      expect(run(indices[0]!)).toEqual([[-1, -2, -3], [1]]);
      expect(() => run(indices[1]!)).toThrow(
        /^onnxruntime backend: a graph of 2 kernels fails while it runs.*out of data bounds/s,
      );
      expect(run(indices[2]!)).toEqual([[-1, -2, -3], [3]]);
      tf.dispose([x, ...indices]);
    }));
});

test('arrays that the program gave twice, or as parts of one, are arrays of their own', () =>
  withoutLeaks(() => {
    const capture = new Capture(new Random(0));
    const given = Float32Array.from({ length: 4000 }, (_, i) => i);
    const tensors = [given, given, given.subarray(0, 2000), given.subarray(2000)].map((data) =>
      tf.tidy(() => tf.variable(tf.tensor1d(data))),
    );
    const [a, b, c, d] = tensors as tf.Variable[];
    const step = () =>
      tf.tidy(() => {
        const doubling = (x: tf.Variable, beside: tf.Variable): Computation => ({
          inputs: [],
          variables: [x, beside],
          compute: () => {
            x.assign(tf.add(tf.mul(x, 2), tf.mul(beside, 0)));
            return {};
          },
        });
        capture.run('doubled', 'k', [doubling(a!, b!), doubling(c!, d!)], true);
        const { sum } = capture.run('sum', 'k', [
          { inputs: [], variables: [b!, d!], compute: () => ({ sum: tf.add(tf.sum(b!), tf.sum(d!)) }) },
        ])[0]!;
        return sum.dataSync()[0];
      });
    const sums = [step(), step(), step()];
    const want = given.reduce((x, y) => x + y, 0) + given.subarray(2000).reduce((x, y) => x + y, 0);
    expect(sums).toEqual([want, want, want]);
    expect(tensors.map((t) => t.dataSync()[1])).toEqual([8, 1, 8, 2001]);
    expect(given[3999]).toBe(3999);
    tf.dispose(tensors);
  }));

test('values in threads are inputs of other graphs, and end with their backend', async () => {
  registerOnnxRuntimeBackend(ort, { name: 'passing' });
  await tf.setBackend('passing');
  const capture = new Capture(new Random(0));
  const run = (x: tf.Tensor) =>
    capture.run('f', 'f', [{ inputs: [x], variables: [], compute: () => ({ y: tf.square(x) }) }])[0]!.y;
  const [a, b] = [run(tf.tensor1d([1, 2])), run(tf.tensor1d([3, 4]))];
  expect([...tf.add(a, b).dataSync()]).toEqual([10, 20]);
  expect(await run(b).data()).toEqual(Float32Array.of(81, 256));
  const unread = run(a);
  tf.removeBackend('passing');
  await tf.setBackend('onnxruntime');
  expect(() => tf.neg(unread).dataSync()).toThrow(
    'onnxruntime backend: this tensor cannot be read: its backend was removed or reset, or it was disposed. ' +
      'Read tensors (await tensor.data()) before.',
  );
  expect(backend().concurrency).toBe(2);
});

test('with one core there is one thread', async () => {
  registerOnnxRuntimeBackend(ort, { name: 'single', threads: 1 });
  await tf.setBackend('single');
  expect(backend().concurrency).toBe(1);
  tf.removeBackend('single');
  await tf.setBackend('onnxruntime');
});
