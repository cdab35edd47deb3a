/** Elements in main memory: the typed array of each tfjs type. */
import { type BackendValues, type DataType, slice_util, util } from '@tensorflow/tfjs-core';
import { type HostArray } from './array-types.js';

/** The elements of a value, flat. Each string is an array of its UTF-8 bytes. */
export type HostData = HostArray | Uint8Array[];

/** `values` as the typed array of `dtype`; the same array if they are one already. */
export function hostData(values: BackendValues, dtype: DataType): HostData {
  switch (dtype) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
    case 'int32':
      return values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
    case 'bool':
      return values instanceof Uint8Array && !(values instanceof Uint8ClampedArray)
        ? values
        : Uint8Array.from(values as ArrayLike<number>);
    default:
      return values; // strings, which are bytes already
  }
}

/** A copy. Bools become 0 and 1, whatever bytes they were. */
export function copyOf(data: HostData, dtype: DataType): HostData {
  if (Array.isArray(data)) return data.map((bytes) => bytes.slice());
  const copy = data.slice();
  if (dtype === 'bool') for (let i = 0; i < copy.length; i++) if (copy[i]! > 1) copy[i] = 1;
  return copy;
}

/** Whether `copy`, which {@link copyOf} made, is what it would make of `data` now. */
export function isCopyOf(copy: HostData, data: HostData, dtype: DataType): boolean {
  if (copy.length !== data.length) return false;
  const isBool = dtype === 'bool';
  for (let i = 0; i < copy.length; i++) {
    const now = data[i];
    if (!Object.is(copy[i], isBool && now !== 0 ? 1 : now)) return false; // NaN equals NaN, 0 is not -0
  }
  return true;
}

/** An array of `size` equal elements. */
export function filledData(size: number, dtype: DataType, fill: number): HostData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size).fill(fill);
    case 'int32':
      return new Int32Array(size).fill(fill);
    default:
      return new Uint8Array(size).fill(fill === 0 || Number.isNaN(fill) ? 0 : 1);
  }
}

/** A part of `data`, of a tensor of `shape`: a view if its elements are contiguous, else a copy. */
export function partOf(
  data: HostData,
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): HostData {
  const between = (from: number, to: number): HostData =>
    Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
  const strides = [...util.computeStrides([...shape]), 1];
  const from = begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  const count = util.sizeFromShape([...size]);
  if (slice_util.isSliceContinous([...shape], [...begin], [...size])) return between(from, from + count);
  const line = size.at(-1)!;
  const part = (
    Array.isArray(data)
      ? new Array<Uint8Array>(count)
      : new (data.constructor as Float32ArrayConstructor)(count)
  ) as Float32Array;
  /** Copies from `axis` on to `to`. @returns where the copy ends */
  const copy = (axis: number, at: number, to: number): number => {
    if (axis === size.length - 1) {
      for (let i = 0; i < line; i++) part[to + i] = data[at + i] as number;
      return to + line;
    }
    for (let i = 0; i < size[axis]!; i++) to = copy(axis + 1, at + i * strides[axis]!, to);
    return to;
  };
  copy(0, from, 0);
  return part;
}

/** A plain loop: it stops at the first other value, and is many times faster than `every`. */
export function isAllOnes(data: HostData): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 1) return false;
  return true;
}
