/** Kernels that take and put elements where indices say. */
import { gather_util, util } from '@tensorflow/tfjs-core';
import { int, type Lowering } from '../graph/lowering.js';
import { type Kernel, kernel } from './kernel.js';

const gather = kernel<{ axis: number; batchDims?: number }>({
  inputs: ['x', 'indices'],
  infer([x, indices], { axis, batchDims = 0 }) {
    const $axis = util.parseAxisParam(axis, [...x!.shape])[0]!;
    if (batchDims !== 0 || indices!.dtype !== 'int32') return undefined;
    const shape = [...x!.shape.slice(0, $axis), ...indices!.shape, ...x!.shape.slice($axis + 1)];
    return [{ shape, dtype: x!.dtype }];
  },
  lower(call) {
    const axis = util.parseAxisParam(call.attrs.axis, [...call.inputs[0]!.shape])[0]!;
    call.output(call.op('Gather', [call.input(0), call.input(1)], { axis: int(axis) }));
  },
});

/** ONNX wants the indices of its N-dimensional gathers and scatters in 64 bits. */
const longIndices = (call: Lowering, i: number): string => call.op('Cast', [call.input(i)], { to: int(7) });

const gatherNd = kernel({
  inputs: ['params', 'indices'],
  infer([params, indices]) {
    const [shape] = gather_util.prepareAndValidate(params as never, indices as never);
    return indices!.dtype === 'int32' ? [{ shape, dtype: params!.dtype }] : undefined;
  },
  lower(call) {
    call.output(call.op('GatherND', [call.input(0), longIndices(call, 1)]));
  },
});

const tensorScatterUpdate = kernel({
  inputs: ['tensor', 'indices', 'updates'],
  infer: ([tensor, indices, updates]) =>
    indices!.dtype === 'int32' && indices!.shape.length > 1 && updates!.dtype === tensor!.dtype
      ? [tensor!]
      : undefined,
  lower(call) {
    call.output(call.op('ScatterND', [call.input(0), longIndices(call, 1), call.input(2)]));
  },
});

interface OneHotAttrs {
  depth: number;
  onValue: number;
  offValue: number;
  dtype: 'float32' | 'int32' | 'bool';
}

const oneHot = kernel<OneHotAttrs>({
  inputs: ['indices'],
  infer: ([indices], { depth, dtype }) =>
    indices!.dtype === 'int32' && dtype !== 'bool'
      ? [{ shape: [...indices!.shape, depth], dtype }]
      : undefined,
  lower(call) {
    const { depth, onValue, offValue } = call.attrs;
    const output = call.outputs[0]!;
    const classes = call.constant(
      'int32',
      [depth],
      Array.from({ length: depth }, (_, i) => i),
    );
    const index = call.reshape(call.input(0), [...call.inputs[0]!.shape, 1]);
    const hot = call.op('Equal', [index, classes]);
    call.output(call.op('Where', [hot, call.scalar(onValue, output), call.scalar(offValue, output)]));
  },
});

/** Sums rows by their segment; rows of negative segments are left out. It is the gradient of a gather. */
const unsortedSegmentSum = kernel<{ numSegments: number }>({
  inputs: ['x', 'segmentIds'],
  infer: ([x, ids], { numSegments }) =>
    x!.dtype === 'float32' && ids!.dtype === 'int32' && ids!.shape.length === 1
      ? [{ shape: [numSegments, ...x!.shape.slice(1)], dtype: x!.dtype }]
      : undefined,
  lower(call) {
    const [x, ids] = call.inputs as [{ shape: number[] }, Lowering['inputs'][number]];
    const { numSegments } = call.attrs;
    const rest = x.shape.slice(1);
    const given = call.input(1);
    // Negative ones go to a segment more, which is cut off.
    const negative = call.op('Less', [given, call.scalar(0, ids)]);
    const chosen = call.op('Where', [negative, call.scalar(numSegments, ids), given]);
    const indices = call.op('Cast', [call.reshape(chosen, [...ids.shape, 1])], { to: int(7) });
    const zeros = call.op('Expand', [
      call.scalar(0, call.outputs[0]!),
      call.int64s([numSegments + 1, ...rest]),
    ]);
    const sums = call.op('ScatterND', [zeros, indices, call.input(0)], { reduction: { string: 'add' } });
    call.output(call.op('Slice', [sums, call.int64s([0]), call.int64s([numSegments]), call.int64s([0])]));
  },
});

export const gatheringKernels: Readonly<Record<string, Kernel>> = {
  GatherV2: gather,
  GatherNd: gatherNd,
  TensorScatterUpdate: tensorScatterUpdate,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
};
