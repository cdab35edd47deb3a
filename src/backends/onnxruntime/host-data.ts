/** Numbers in main memory: the typed array that each tfjs type wants. */
import { type BackendValues, type DataType } from '@tensorflow/tfjs-core';
import { type HostData } from './values.js';

/** `values` as the typed array of `dtype`: as they are where they are one already. */
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

/** `size` times the same number. */
export function filledData(size: number, dtype: DataType, fill: number): HostData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size).fill(fill);
    case 'int32':
      return new Int32Array(size).fill(fill);
    default:
      return new Uint8Array(size).fill(fill);
  }
}

/** A plain loop: it stops at the first other number, and is many times faster than `every`. */
export function isAllOnes(data: HostData): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 1) return false;
  return true;
}
