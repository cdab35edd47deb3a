/** Reductions against sums worked out here: all axes, NaN and infinities, overflow, all types; layouts against cpu. */
import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { gives } from '../edges.js';
import { onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const SHAPE = [2, 3, 4];
type Dtype = 'float32' | 'int32' | 'bool';
const elements: Record<Dtype, number[]> = {
  float32: [
    1, 2, NaN, -4, 5, 6, 0.5, 0, 0, 3, -1, 2,
    Infinity, 1, -Infinity, 2, 3, -Infinity, Infinity, Infinity, NaN, NaN, NaN, NaN,
  ],
  int32: [
    1, 2, 2 ** 31 - 1, 1, -5, 6, 3, 3, 70000, 70000, 0, 1,
    2, 3, 4, 5, -(2 ** 31), -1, 0, 0, 16777217, 9, 9, 9,
  ],
  bool: [0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0],
}; // prettier-ignore

/** The lists of numbers that end up in one place each. */
function groups(numbers: readonly number[], axes: readonly number[]): number[][] {
  const found = new Map<string, number[]>();
  numbers.forEach((x, i) => {
    const place = [Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4];
    const key = place.filter((_, axis) => !axes.includes(axis)).join();
    found.set(key, [...(found.get(key) ?? []), x]);
  });
  return [...found.values()];
}

const add = (a: number, b: number) => a + b;
const sum = (list: readonly number[]) => list.reduce(add, 0);
const or = (x: number, y: number) => Math.max(x, y);
const and = (x: number, y: number) => Math.min(x, y);

type Reduce = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;
type Case = [
  name: string,
  op: Reduce,
  of: Dtype,
  gives: Dtype,
  truth: (list: number[]) => number,
  rtol?: number,
];

describe.each<Case>([
  ['sum', tf.sum, 'float32', 'float32', sum, 1e-6],
  ['sum', tf.sum, 'int32', 'int32', (list) => sum(list) | 0],
  ['sum', tf.sum, 'bool', 'int32', sum],
  ['mean', tf.mean, 'float32', 'float32', (list) => sum(list) / list.length, 1e-6],
  ['mean', tf.mean, 'bool', 'float32', (list) => sum(list) / list.length, 1e-6],
  ['max', tf.max, 'float32', 'float32', (list) => Math.max(...list)],
  ['max', tf.max, 'int32', 'int32', (list) => Math.max(...list)],
  ['max', tf.max, 'bool', 'bool', (list) => Math.max(...list)],
  ['min', tf.min, 'float32', 'float32', (list) => Math.min(...list)],
  ['min', tf.min, 'int32', 'int32', (list) => Math.min(...list)],
  ['min', tf.min, 'bool', 'bool', (list) => Math.min(...list)],
  ['prod', tf.prod, 'float32', 'float32', (list) => list.reduce((a, b) => a * b, 1), 1e-6],
  ['prod', tf.prod, 'bool', 'int32', (list) => list.reduce(and, 1)],
  ['all', tf.all, 'bool', 'bool', (list) => list.reduce(and, 1)],
  ['any', tf.any, 'bool', 'bool', (list) => list.reduce(or, 0)],
])('%s', (_, op, of, dtype, truth, rtol = 0) => {
  test.each([[[0]], [[1]], [[2]], [[-1]], [[0, 2]], [[2, 1]], [[0, 1, 2]], [[]]])(
    `of ${of}, axes %j`,
    (axes) =>
      withoutLeaks(async () => {
        const absolute = axes.map((axis) => (axis + 3) % 3);
        const want = groups(elements[of], absolute).map(truth);
        for (const keep of [false, true]) {
          const shape = SHAPE.flatMap((size, i) => (!absolute.includes(i) ? [size] : keep ? [1] : []));
          const reduced = () => tf.reshape(op(tf.tensor(elements[of], SHAPE, of), axes, keep), shape);
          await gives(reduced, dtype, dtype === 'float32' ? want.map(Math.fround) : want, rtol);
        }
      }),
  );
});

describe('of the pixels of images, row by row', () => {
  const [h, w, c] = [36, 15, 9];
  test.each([[1, [1, 2]], [1, [0, 1, 2]], [1, [2, 1]], [2, [1, 2]], [2, [0, 1, 2]]] as const)('%j, axes %j', (n, axes) =>
    withoutLeaks(async () => {
      const numbers = Array.from({ length: n * h * w * c }, (_, i) => Math.fround(Math.sin(i) + (i % c)));
      numbers[0] = NaN;
      numbers[1] = Infinity;
      const lists = Array.from({ length: n * c }, () => [] as number[]);
      numbers.forEach((x, i) => lists[Math.floor(i / (h * w * c)) * c + (i % c)]!.push(x));
      const want = axes.length === 2 ? lists.map(sum) : lists.slice(0, c).map((list, i) => sum(list) + (n === 2 ? sum(lists[c + i]!) : 0)); // prettier-ignore
      const count = axes.length === 2 ? h * w : n * h * w;
      const x = () => tf.tensor(numbers, [n, h, w, c]);
      for (const keep of [false, true]) {
        await gives(() => tf.sum(x(), [...axes], keep), 'float32', want.map(Math.fround), 2e-6);
        await gives(() => tf.mean(x(), [...axes], keep), 'float32', want.map((s) => Math.fround(s / count)), 2e-6); // prettier-ignore
      }
    }),
  ); // prettier-ignore
});

test('a single number', () =>
  withoutLeaks(async () => {
    await gives(() => tf.sum(tf.scalar(3)), 'float32', [3]);
    await gives(() => tf.max(tf.scalar(NaN)), 'float32', [NaN]);
    await gives(() => tf.mean(tf.tensor([1], [1, 1], 'bool')), 'float32', [1]);
  }));

describe('argMax, argMin', () => {
  test('first of equals; NaN is no candidate', () =>
    withoutLeaks(async () => {
      const x = () => tf.tensor2d([3, 7, 7, NaN, -1, -1, 0, 5, 5, Infinity, -Infinity, 5], [3, 4]);
      await gives(() => tf.argMax(x(), 1), 'int32', [1, 3, 1]);
      await gives(() => tf.argMin(x(), 1), 'int32', [0, 0, 2]);
      await gives(() => tf.argMax(x(), 0), 'int32', [2, 2, 0, 1]);
      await gives(() => tf.argMax(tf.tensor1d([0, 3, 5, NaN, 3])), 'int32', [2]);
    }));

  test('of int32 and bool', () =>
    withoutLeaks(async () => {
      await gives(() => tf.argMax(tf.tensor1d([3, 2 ** 31 - 1, 5], 'int32')), 'int32', [1]);
      await gives(() => tf.argMin(tf.tensor2d([1, 0, 0, 1, 1, 1], [2, 3], 'bool'), 1), 'int32', [1, 0]);
    }));
});

test('cumsum', () =>
  withoutLeaks(async () => {
    const x = (dtype: Dtype) => tf.tensor2d([1, 0, 1, 1, 1, 0], [2, 3], dtype);
    await gives(() => tf.cumsum(x('float32'), 1), 'float32', [1, 1, 2, 1, 2, 2]);
    await gives(() => tf.cumsum(x('int32'), 1, true), 'int32', [0, 1, 1, 0, 1, 2]);
    await gives(() => tf.cumsum(x('bool'), 0, false, true), 'int32', [2, 1, 1, 1, 1, 0]);
    await gives(() => tf.cumsum(x('float32'), -1, true, true), 'float32', [1, 1, 0, 1, 0, 0]);
  }));

describe('between convolutions', () => {
  const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
  test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['no axes', (x) => tf.sum(x, [])],
    ['the best of channels', (x) => tf.sub(x, tf.max(x, 3, true))],
    ['the least of places', (x) => tf.sub(x, tf.min(x, [1, 2], true))],
    ['which channel is best', (x) => tf.mul(x, tf.cast(tf.expandDims(tf.argMax(x, 3), 3), 'float32'))],
    ['running sums', (x) => tf.cumsum(x, 2)],
  ])('%s', (_, f) =>
    withoutLeaks(() => {
      const shapes = [[2, 4, 3, 4], [3, 3, 4, 4]]; // prettier-ignore
      return compare((x, w) => conv(f(conv(x, w)), w), shapes, { gradients: false });
    }),
  );
});

test('of values filled with one element', () =>
  withoutLeaks(async () => {
    await gives(() => tf.sum(tf.ones([3, 4])), 'float32', [12]);
    await gives(() => tf.max(tf.fill([2, 2], -3), 0), 'float32', [-3, -3]);
    await gives(() => tf.argMax(tf.zeros([2, 3]), 1), 'int32', [0, 0]);
  }));
