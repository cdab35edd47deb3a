/** Compares what the backend computes with what tfjs' cpu backend does, an implementation of its own. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { counting } from './engine.js';

/** What `f` gives on a backend, flat; gradients of sum(f · f) with respect to the inputs behind it. */
async function compute(
  backend: string,
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  data: readonly [number[], Float32Array][],
  gradients: boolean,
): Promise<number[][]> {
  await tf.setBackend(backend);
  const inputs = data.map(([shape, values]) => tf.tensor(values, shape));
  const outputs = tf.tidy(() => {
    const y = f(...inputs);
    if (!gradients) return [y];
    const loss = (...xs: tf.Tensor[]) => tf.sum(tf.square(f(...xs)));
    return [y, ...tf.grads(loss)(inputs)];
  });
  const numbers = await Promise.all(outputs.map(async (y) => [...(await y.data())]));
  tf.dispose([inputs, outputs]);
  return numbers;
}

interface Comparison {
  /** Whether gradients are compared too. Default true. */
  gradients?: boolean;
  /** Element `j` of input `i`. Default some sine. */
  values?: (j: number, i: number) => number;
}

/** Fails unless `f` and its gradients are the same on both backends, and nothing runs on cpu in between. */
export async function compare(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  shapes: readonly (readonly number[])[],
  { gradients = true, values = (j, i) => Math.sin(1 + 7 * j + 13 * i) }: Comparison = {},
): Promise<void> {
  const data = shapes.map((shape, i): [number[], Float32Array] => {
    const length = tf.util.sizeFromShape([...shape]);
    return [[...shape], Float32Array.from({ length }, (_, j) => values(j, i))];
  });
  const want = await compute('cpu', f, data, gradients);
  let got: number[][] = [];
  await tf.setBackend('onnxruntime');
  const { fallenBack, runs } = await counting(async () => {
    got = await compute('onnxruntime', f, data, gradients);
  });
  // Both compute in float32, in another order: sums of some hundred terms that cancel may differ by so much.
  got.forEach((numbers, i) => {
    const largest = Math.max(...want[i]!.map(Math.abs));
    expect(numbers).toBeAllClose(want[i]!, { rtol: 2e-5, atol: 2e-5 * largest });
  });
  expect({ fallenBack, runs }).toEqual({ fallenBack: [], runs: 1 });
}
