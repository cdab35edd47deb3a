/** Matrix products against sums worked out here: transposes, broadcast batches, integers; fused ones against cpu. */
import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { gives } from '../edges.js';
import { onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

/** Small whole numbers, so that sums are exact. */
const number = (i: number): number => ((i * 7) % 11) - 5;

const numbers = (size: number) => Array.from({ length: size }, (_, i) => number(i));

/** Strides by which a matrix of a batch is read; 0 along axes that broadcast. */
function reader(shape: readonly number[], transposed: boolean, batchRank: number) {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const batch = [...Array<number>(batchRank - shape.length + 2).fill(1), ...shape.slice(0, -2)];
  return (place: readonly number[], i: number, j: number): number => {
    const matrix = batch.reduce((at, size, axis) => at * size + (size === 1 ? 0 : place[axis]!), 0);
    const [row, column] = transposed ? [j, i] : [i, j];
    return number(matrix * rows * columns + row * columns + column);
  };
}

/** a · b for batches of [2, 3] · [3, 4] matrices. */
function product(
  a: readonly number[],
  b: readonly number[],
  batch: readonly number[],
  transposeA: boolean,
  transposeB: boolean,
): number[] {
  const [readA, readB] = [reader(a, transposeA, batch.length), reader(b, transposeB, batch.length)];
  let places: number[][] = [[]];
  for (const size of batch)
    places = places.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i]));
  return places.flatMap((place) =>
    [0, 1].flatMap((i) =>
      [0, 1, 2, 3].map((j) => [0, 1, 2].reduce((sum, k) => sum + readA(place, i, k) * readB(place, k, j), 0)),
    ),
  );
}

const transposes = [[false, false], [true, false], [false, true], [true, true]] as const; // prettier-ignore

describe('matMul', () => {
  test.each([
    { a: [], b: [], batch: [] },
    { a: [3], b: [3], batch: [3] },
    { a: [1], b: [2], batch: [2] },
    { a: [2, 1], b: [1, 3], batch: [2, 3] },
    { a: [5, 1], b: [2], batch: [5, 2] },
  ])('batches of $a by $b', ({ a, b, batch }) =>
    withoutLeaks(async () => {
      for (const [transposeA, transposeB] of transposes) {
        const shapeA = [...a, ...(transposeA ? [3, 2] : [2, 3])];
        const shapeB = [...b, ...(transposeB ? [4, 3] : [3, 4])];
        const want = product(shapeA, shapeB, batch, transposeA, transposeB);
        for (const dtype of ['float32', 'int32'] as const) {
          const tensor = (shape: number[]) => tf.tensor(numbers(tf.util.sizeFromShape(shape)), shape, dtype);
          const multiplied = () => tf.matMul(tensor(shapeA), tensor(shapeB), transposeA, transposeB);
          await gives(() => tf.reshape(multiplied(), [...batch, 2, 4]), dtype, want);
        }
      }
    }),
  );

  test('with infinities and NaN', () =>
    withoutLeaks(() => {
      const a = () => tf.tensor2d([1, Infinity, NaN, 1, 0, 2], [3, 2]);
      return gives(() => tf.matMul(a(), tf.tensor2d([2, 0, 3, 1], [2, 2])), 'float32', [
        ...[Infinity, Infinity],
        ...[NaN, NaN],
        ...[6, 2],
      ]);
    }));

  test('gradients', () =>
    withoutLeaks(async () => {
      for (const [transposeA, transposeB] of transposes) {
        const shapes = [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]];
        await compare((a, b) => tf.matMul(a, b, transposeA, transposeB), shapes);
        const batches = shapes.map((shape) => [2, ...shape]);
        await compare((a, b) => tf.matMul(a, b, transposeA, transposeB), batches);
      }
    }));

  test('of reshaped, filled and channels-first inputs', () =>
    withoutLeaks(async () => {
      await compare((x, w) => tf.matMul(tf.reshape(x, [6, 4]), w), [[2, 3, 4], [4, 5]]); // prettier-ignore
      await compare((x) => tf.matMul(x, tf.ones([4, 3])), [[2, 4]]);
      await compare((x) => tf.matMul(tf.fill([2, 4], 0.5), x, false, true), [[3, 4]]);
      const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const dense = (x: tf.Tensor) => tf.matMul(tf.reshape(x, [24, 4]), tf.eye(4, 4));
      await compare(
        (x, w) => conv(tf.reshape(dense(conv(x, w)), [2, 4, 3, 4]), w),
        [
          [2, 4, 3, 4],
          [3, 3, 4, 4],
        ],
      );
    }));
});

describe('fused matMul', () => {
  test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
    '%s',
    (activation) =>
      withoutLeaks(async () => {
        for (const [transposeA, transposeB] of transposes) {
          const values = (j: number, i: number) => 3 * Math.sin(1 + 7 * j + 13 * i);
          const options = { values, gradients: activation !== 'leakyrelu' }; // tfjs has none of that
          const run = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor, weights?: tf.Tensor) =>
            tf.fused.matMul({
              a: a,
              b: b,
              transposeA,
              transposeB,
              bias,
              activation,
              ...(activation === 'prelu' && weights !== undefined && { preluActivationWeights: weights }),
              leakyreluAlpha: 0.3,
            });
          const shapes = [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4], [4]];
          if (activation === 'prelu') {
            await compare((a, b, bias, alpha) => run(a, b, bias, alpha), [...shapes, [4]], {
              gradients: false,
            });
          } else {
            await compare((a, b, bias) => run(a, b, bias), shapes, options);
          }
        }
      }),
  );
});

describe('einsum', () => {
  test.each([
    ['ij,jk->ik', [2, 3], [3, 4]],
    ['ij->ji', [2, 3]],
    ['ij->', [2, 3]],
    ['bij, bjk -> bik', [2, 2, 3], [2, 3, 4]],
    ['abcd,cde->abe', [2, 2, 2, 3], [2, 3, 2]],
    ['abc,abd->cd', [2, 2, 2], [2, 2, 3]],
  ] as [string, ...number[][]][])('%s', (equation, ...shapes) =>
    withoutLeaks(async () => {
      const options = { gradients: false, values: number };
      await compare((...inputs) => tf.einsum(equation, ...inputs), shapes, options);
      const whole = (...inputs: tf.Tensor[]) =>
        tf.einsum(equation, ...inputs.map((input) => tf.cast(input, 'int32')));
      await compare(whole, shapes, options);
    }),
  );
});
