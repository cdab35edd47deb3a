/**
 * Kernels that put rows where indices say: ScatterNd, TensorScatterUpdate, UnsortedSegmentSum. ONNX Runtime's
 * ScatterND works on rows in parallel, so that sums of rows that go to the same place come out wrong;
 * ScatterElements takes one element after the other.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { int, type Lowering, string } from '../lowering/lowering.js';
import { type Spec } from '../lowering/specs.js';
import { type Kernel, kernel } from './kernel.js';

/**
 * Puts rows [n, size] into those of `into` [rows, size], at indices [n, 1]: the last that goes to a place stays,
 * or all are added.
 */
function scatterRows<A extends object>(
  call: Lowering<A>,
  into: string,
  index: string,
  rows: string,
  [n, size]: [number, number],
  add: boolean,
): string {
  const indices = size === 1 ? index : call.op('Expand', [index, call.int64s([n, size])]);
  const reduction = string(add ? 'add' : 'none');
  return call.op('ScatterElements', [into, indices, rows], { axis: int(0), reduction });
}

/** How indices [n, rank] of rows point into a tensor of `shape`, as [rows, size]. */
function scattering(indices: Spec, updates: Spec, shape: readonly number[]) {
  const { sliceRank, numUpdates, sliceSize, strides, outputSize } = backend_util.calculateShapes(
    updates as never,
    indices as never,
    [...shape],
  );
  return { rank: sliceRank, n: numUpdates, size: sliceSize, strides, rows: outputSize / sliceSize };
}

/** Scatters input `updates` by input `indices` into `into` [rows, size], for the output of the call. */
function scatter(call: Lowering, indices: number, updates: number, into: string, add: boolean): void {
  const { shape } = call.outputs[0]!;
  const at = scattering(call.inputs[indices]!, call.inputs[updates]!, shape);
  const { rank, n, size, strides } = at;
  let index = call.reshape(call.input(indices), [n, rank]);
  if (rank > 1) {
    const steps = call.op('Mul', [index, call.constant('int32', [rank], strides.slice(0, rank))]);
    index = call.op('ReduceSum', [steps, call.int64s([1])]); // keeps its axis
  }
  const rows = call.reshape(call.input(updates), [n, size]);
  call.output(call.reshape(scatterRows(call, into, index, rows, [n, size], add), shape));
}

const zeros = <A extends object>(call: Lowering<A>, shape: readonly number[]): string =>
  call.op('Expand', [call.scalar(0, call.outputs[0]!), call.int64s(shape)]);

const scatterNd = kernel<{ shape: number[] }>({
  inputs: ['indices', 'updates'],
  infer: ([indices, updates], { shape }) =>
    indices!.dtype === 'int32' && updates!.dtype !== 'bool' ? [{ shape, dtype: updates!.dtype }] : undefined,
  lower(call) {
    const { rows, size } = scattering(call.inputs[0]!, call.inputs[1]!, call.attrs.shape);
    scatter(call, 0, 1, zeros(call, [rows, size]), true);
  },
});

const tensorScatterUpdate = kernel({
  inputs: ['tensor', 'indices', 'updates'],
  infer: ([tensor, indices, updates]) =>
    indices!.dtype === 'int32' && updates!.dtype === tensor!.dtype ? [tensor!] : undefined,
  lower(call) {
    const { rows, size } = scattering(call.inputs[1]!, call.inputs[2]!, call.inputs[0]!.shape);
    scatter(call, 1, 2, call.reshape(call.input(0), [rows, size]), false);
  },
});

/** Sums rows by their segment. It is the gradient of a gather. */
const unsortedSegmentSum = kernel<{ numSegments: number }>({
  inputs: ['x', 'segmentIds'],
  infer: ([x, ids], { numSegments }) =>
    x!.dtype === 'float32' && ids!.dtype === 'int32' && ids!.shape.length === 1
      ? [{ shape: [numSegments, ...x!.shape.slice(1)], dtype: x!.dtype }]
      : undefined,
  lower(call) {
    const [x, ids] = call.inputs as [Spec, Spec];
    const { numSegments } = call.attrs;
    const n = ids.size;
    const size = x.size / n;
    // Those outside go to a segment more, which is cut off.
    const given = call.reshape(call.input(1), [n, 1]);
    const inside = call.op('And', [
      call.op('GreaterOrEqual', [given, call.scalar(0, ids)]),
      call.op('Less', [given, call.scalar(numSegments, ids)]),
    ]);
    const index = call.op('Where', [inside, given, call.scalar(numSegments, ids)]);
    const rows = call.reshape(call.input(0), [n, size]);
    const sums = scatterRows(call, zeros(call, [numSegments + 1, size]), index, rows, [n, size], true);
    const kept = call.op('Slice', [sums, call.int64s([0]), call.int64s([numSegments]), call.int64s([0])]);
    call.output(call.reshape(kept, call.outputs[0]!.shape));
  },
});

export const scatteringKernels: Readonly<Record<string, Kernel>> = {
  ScatterNd: scatterNd,
  TensorScatterUpdate: tensorScatterUpdate,
  UnsortedSegmentSum: unsortedSegmentSum,
};
