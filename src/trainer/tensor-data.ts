/** A tensor as plain data, as states hold them, and back. */
import * as tf from '@tensorflow/tfjs-core';

/** A float32 tensor as plain data. */
export interface TensorData {
  /** The size of each dimension. */
  shape: number[];
  /** The numbers, in row-major order. */
  data: Float32Array;
}

/** A copy of the numbers: on the cpu backend `data()` alone gives the tensor's own memory. */
export async function tensorData(t: tf.Tensor): Promise<TensorData> {
  return { shape: [...t.shape], data: Float32Array.from(await t.data()) };
}

/** Tensors with copies of the numbers, all or none, which outlive any `tf.tidy`. */
export function keptTensors(values: readonly TensorData[]): tf.Tensor[] {
  const tensors = tf.tidy(() => values.map(({ shape, data }) => tf.tensor(Float32Array.from(data), shape)));
  return tensors.map((t) => tf.keep(t));
}

/** Sets variables, all or none: every tensor is there before the first is assigned. The data is copied. */
export function assignAll(variables: readonly tf.Variable[], values: readonly TensorData[]): void {
  tf.tidy(() => {
    const tensors = values.map(({ shape, data }) => tf.tensor(Float32Array.from(data), shape));
    for (const [i, variable] of variables.entries()) variable.assign(tensors[i]!);
  });
}

type Shaped = readonly { shape: readonly number[] }[];

/** Where two lists of tensors differ in shape, in words; nothing where they agree. */
export function shapeDifference(want: Shaped, got: Shaped): string | undefined {
  if (want.length !== got.length) return `expected ${want.length} tensors, got ${got.length}`;
  const words = (list: Shaped, i: number) => `[${list[i]!.shape.join(', ')}]`;
  const i = want.findIndex((_, i) => words(want, i) !== words(got, i));
  return i === -1 ? undefined : `tensor ${i} must have shape ${words(want, i)}, got ${words(got, i)}`;
}
