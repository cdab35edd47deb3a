/** Numbers at the edges of tfjs' types, and a comparison for which NaN and infinities are numbers like others. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { counting } from './engine.js';

export const floats: readonly number[] = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 1e-8, -1e-8, 1e-4, -1e-3, 3.7, -3.7, 7, -15, 30, -30, 88, -80,
  1e10, -1e10, 3e38, -3e38, 1e-40, 2 ** 31, -(2 ** 31) - 600, 2 ** 32 + 512, Infinity, -Infinity, NaN,
].map(Math.fround); // prettier-ignore
export const ints: readonly number[] = [
  0, 1, -1, 2, -2, 3, 5, -7, 100, -100, 46340, 16777217, 2147483647, -2147483648,
]; // prettier-ignore
export const bools: readonly number[] = [0, 1];

/** All pairs of two lists, as a column and a row that broadcast. */
export const pairs = (
  a: readonly number[],
  b: readonly number[],
  dtype: 'float32' | 'int32' | 'bool',
): [tf.Tensor, tf.Tensor] => [tf.tensor(a, [a.length, 1], dtype), tf.tensor(b, [1, b.length], dtype)];

/** Numbers too small for float32 in full precision are held to that of the smallest that is not. */
const scale = (x: number): number => Math.max(Math.abs(x), 2 ** -126);

/** Fails unless `f` gives these numbers (within `rtol` of each) as `dtype`, without the cpu backend. */
export async function gives(
  f: () => tf.Tensor,
  dtype: tf.DataType,
  want: readonly number[],
  rtol = 0,
): Promise<void> {
  await tf.setBackend('onnxruntime');
  let got: number[] = [];
  const { fallenBack } = await counting(async () => {
    const y = tf.tidy(f);
    expect(y.dtype).toBe(dtype);
    got = [...(await y.data())];
    y.dispose();
  });
  expect(got).toHaveLength(want.length);
  const wrong = want
    .map((w, i) => ({ at: i, want: w, got: got[i]! }))
    .filter(({ want, got }) => !Object.is(got, want) && !(Math.abs(got - want) <= rtol * scale(want)));
  expect({ wrong, fallenBack }).toEqual({ wrong: [], fallenBack: [] });
}
