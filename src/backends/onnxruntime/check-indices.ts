/**
 * Known indices are checked where a kernel is called, with the errors of tfjs' cpu backend. Others are checked by ONNX Runtime, which
 * refuses those that are too large, and counts those below 0 from the end.
 */
import { type HostData } from './runtime/host-data.js';
import { util } from '@tensorflow/tfjs-core';

/** Checks indices of an axis of `size`. */
export function checkIndices(indices: HostData, size: number): void {
  for (const index of indices as Int32Array) {
    util.assert(
      index <= size - 1 && index >= 0,
      () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
    );
  }
}

/** Checks indices [n, rank] of the first `rank` axes of `shape`. */
export function checkRowIndices(indices: HostData, rank: number, shape: readonly number[]): void {
  const rows = util.sizeFromShape(shape.slice(0, rank));
  const strides = [...util.computeStrides(shape.slice(0, rank)), 1];
  for (let i = 0; i < indices.length; i += rank) {
    const index = (indices as Int32Array).subarray(i, i + rank);
    const row = index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
    if (row < 0 || row >= rows) {
      throw new Error(`Invalid indices: ${index.join()} does not index into ${shape.join()}`);
    }
  }
}
