/** Kernels that take elements where indices say: GatherV2, GatherNd, OneHot. */
import { backend_util, gather_util, util } from '@tensorflow/tfjs-core';
import { int } from '../lowering/lowering.js';
import { type Spec } from '../lowering/specs.js';
import { type Kernel, kernel } from './kernel.js';
import { axisInLayout, comingLayout } from './moving.js';

interface GatherAttrs {
  axis: number;
  batchDims?: number;
}

/** Sizes as in x [batch, outer, dim, slice], indices [batch, n], output [batch, outer, n, slice]. */
function gathering([x, indices]: readonly Spec[], { axis, batchDims = 0 }: GatherAttrs) {
  const [$axis] = util.parseAxisParam(axis, [...x!.shape]);
  const sizes = backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    $axis!,
    batchDims,
  );
  return { ...sizes, axis: $axis! };
}

const gather = kernel<GatherAttrs>({
  inputs: ['x', 'indices'],
  infer(inputs, attrs) {
    const { outputShape } = gathering(inputs, attrs);
    const [x, indices] = inputs;
    return indices!.dtype === 'int32' ? [{ shape: outputShape, dtype: x!.dtype }] : undefined;
  },
  lower(call) {
    const { axis, batchSize, outerSize, dimSize, sliceSize } = gathering(call.inputs, call.attrs);
    const [x, indices] = call.inputs as [Spec, Spec];
    if ((call.attrs.batchDims ?? 0) === 0) {
      const layout = indices.shape.length === 1 ? comingLayout(call, [0]) : 'plain';
      const along = { axis: int(axisInLayout(axis, x.shape.length, layout)) };
      call.output(call.op('Gather', [call.input(0, layout), call.input(1)], along), layout);
      return;
    }
    // ONNX' Gather has no batches: all are laid one behind the other, and indices count from the start.
    const count = indices.size / batchSize;
    const starts = Array.from({ length: batchSize * outerSize }, (_, i) => i * dimSize);
    const index = call.op('Add', [
      call.reshape(call.input(1), [batchSize, 1, count]),
      call.constant('int32', [batchSize, outerSize, 1], starts),
    ]);
    const rows = call.reshape(call.input(0), [batchSize * outerSize * dimSize, sliceSize]);
    call.output(call.reshape(call.op('Gather', [rows, index]), call.outputs[0]!.shape));
  },
});

const gatherNd = kernel({
  inputs: ['params', 'indices'],
  infer([params, indices]) {
    const [shape] = gather_util.prepareAndValidate(params as never, indices as never);
    return indices!.dtype === 'int32' ? [{ shape, dtype: params!.dtype }] : undefined;
  },
  lower(call) {
    const indices = call.op('Cast', [call.input(1)], { to: int(7) }); // ONNX wants them in 64 bits
    call.output(call.op('GatherND', [call.input(0), indices]));
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

export const gatheringKernels: Readonly<Record<string, Kernel>> = {
  GatherV2: gather,
  GatherNd: gatherNd,
  OneHot: oneHot,
};
