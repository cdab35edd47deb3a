/** Conversion between tensors and the plain data of states. */
import * as tf from '@tensorflow/tfjs-core';

/** A float32 tensor as plain data. */
export interface TensorData {
  /** The size of each dimension. */
  shape: number[];
  /** The values, in row-major order. */
  data: Float32Array;
}

/** Tensors by name as plain data. */
export type NamedTensorData = Record<string, TensorData>;

/** Copies a tensor to plain data. (On the cpu backend, `data()` alone returns the tensor's own memory.) */
export async function tensorData(t: tf.Tensor): Promise<TensorData> {
  return { shape: [...t.shape], data: new Float32Array(await t.data()) };
}

/** {@link tensorData} of tensors by name. All reads start at once. */
export async function namedTensorData(
  tensors: Iterable<readonly [string, tf.Tensor]>,
): Promise<NamedTensorData> {
  const entries = [...tensors].map(async ([name, t]) => [name, await tensorData(t)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Creates tensors with copies of the values, all or none. They are kept in any `tf.tidy`. */
export function tensorsOfData(values: readonly TensorData[]): tf.Tensor[] {
  const tensors = tf.tidy(() => values.map(({ shape, data }) => tf.tensor(new Float32Array(data), shape)));
  return tensors.map((t) => tf.keep(t));
}

/** Assigns copies of the values to variables. All tensors are created before the first assignment. */
export function assignAll(variables: readonly tf.Variable[], values: readonly TensorData[]): void {
  tf.tidy(() => {
    const tensors = values.map(({ shape, data }) => tf.tensor(new Float32Array(data), shape));
    for (const [i, variable] of variables.entries()) variable.assign(tensors[i]!);
  });
}

type Shaped = readonly { shape: readonly number[] }[];

/** Describes the first difference in shape between two lists of tensors; undefined if there is none. */
export function shapeDifference(want: Shaped, got: Shaped): string | undefined {
  if (want.length !== got.length) return `expected ${want.length} tensors, got ${got.length}`;
  const words = (list: Shaped, i: number) => `[${list[i]!.shape.join(', ')}]`;
  const i = want.findIndex((_, i) => words(want, i) !== words(got, i));
  return i === -1 ? undefined : `tensor ${i} must have shape ${words(want, i)}, got ${words(got, i)}`;
}

/** Describes the first tensor that is missing, unknown, or of another shape; undefined if there is none. */
export function namedDifference(
  want: Readonly<Record<string, { shape: readonly number[] }>>,
  got: Readonly<Record<string, { shape: readonly number[] }>>,
): string | undefined {
  for (const [name, { shape }] of Object.entries(want)) {
    if (!Object.hasOwn(got, name)) return `"${name}" is missing`;
    const other = got[name]!.shape;
    if (String(shape) !== String(other)) {
      return `"${name}" must have shape [${shape.join(', ')}], got [${other.join(', ')}]`;
    }
  }
  const unknown = Object.keys(got).find((name) => !Object.hasOwn(want, name));
  return unknown === undefined ? undefined : `"${unknown}" is unknown`;
}
