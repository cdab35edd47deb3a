/** Kernels that move elements without computing: slices, joints, paddings, gathers, transposes. */
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { int, ints, string } from '../graph/lowering.js';
import { type Kernel, kernel } from './kernel.js';

const concat = kernel<{ axis: number }>({
  inputs: 'list',
  infer(inputs, { axis }) {
    const shapes = inputs.map(({ shape }) => [...shape]);
    const [$axis] = util.parseAxisParam(axis, shapes[0]!);
    backend_util.assertParamsConsistent(shapes, $axis!);
    const { dtype } = inputs[0]!;
    if (inputs.some((input) => input.dtype !== dtype)) return undefined;
    return [{ shape: backend_util.computeOutShape(shapes, $axis!), dtype }];
  },
  lower(call) {
    const [axis] = util.parseAxisParam(call.attrs.axis, [...call.outputs[0]!.shape]);
    call.output(
      call.op(
        'Concat',
        call.inputs.map((_, i) => call.input(i)),
        { axis: int(axis!) },
      ),
    );
  },
});

const slice = kernel<{ begin: number | number[]; size: number | number[] }>({
  inputs: ['x'],
  infer([x], { begin, size }) {
    const tensor = { shape: [...x!.shape] } as never;
    const [from, sizes] = slice_util.parseSliceParams(tensor, begin, size) as [number[], number[]];
    slice_util.assertParamsValid(tensor, from, sizes);
    return [{ shape: sizes, dtype: x!.dtype }];
  },
  lower(call) {
    const tensor = { shape: [...call.inputs[0]!.shape] } as never;
    const { begin, size } = call.attrs;
    const [from, sizes] = slice_util.parseSliceParams(tensor, begin, size) as [number[], number[]];
    const to = from.map((start, i) => start + sizes[i]!);
    call.output(call.op('Slice', [call.input(0), call.int64s(from), call.int64s(to)]));
  },
});

interface PadAttrs {
  paddings: [number, number][];
}

const padded = (shape: readonly number[], paddings: [number, number][]): number[] =>
  shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]);

/** tfjs' pairs as ONNX wants them: all beginnings, then all ends. */
const padsOf = (paddings: [number, number][]): number[] => [
  ...paddings.map(([before]) => before),
  ...paddings.map(([, after]) => after),
];

const padV2 = kernel<PadAttrs & { constantValue: number }>({
  inputs: ['x'],
  infer: ([x], { paddings }) => [{ shape: padded(x!.shape, paddings), dtype: x!.dtype }],
  lower(call) {
    const { paddings, constantValue } = call.attrs;
    const value = call.scalar(constantValue, call.outputs[0]!);
    call.output(call.op('Pad', [call.input(0), call.int64s(padsOf(paddings)), value]));
  },
});

const mirrorPad = kernel<PadAttrs & { mode: 'reflect' | 'symmetric' }>({
  inputs: ['x'],
  infer: ([x], { paddings, mode }) =>
    mode === 'reflect' ? [{ shape: padded(x!.shape, paddings), dtype: x!.dtype }] : undefined,
  lower(call) {
    const pads = call.int64s(padsOf(call.attrs.paddings));
    call.output(call.op('Pad', [call.input(0), pads], { mode: string('reflect') }));
  },
});

const gather = kernel<{ axis: number; batchDims?: number }>({
  inputs: ['x', 'indices'],
  infer([x, indices], { axis, batchDims = 0 }) {
    const [$axis] = util.parseAxisParam(axis, [...x!.shape]);
    if (batchDims !== 0 || indices!.dtype !== 'int32') return undefined;
    const shape = [...x!.shape.slice(0, $axis), ...indices!.shape, ...x!.shape.slice($axis! + 1)];
    return [{ shape, dtype: x!.dtype }];
  },
  lower(call) {
    const [axis] = util.parseAxisParam(call.attrs.axis, [...call.inputs[0]!.shape]);
    call.output(call.op('Gather', [call.input(0), call.input(1)], { axis: int(axis!) }));
  },
});

const transpose = kernel<{ perm: number[] }>({
  inputs: ['x'],
  infer: ([x], { perm }) => [{ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }],
  lower(call) {
    call.output(call.op('Transpose', [call.input(0)], { perm: ints(call.attrs.perm) }));
  },
});

const split = kernel<{ numOrSizeSplits: number[] | number; axis: number }>({
  inputs: ['x'],
  many: true,
  infer([x], { numOrSizeSplits, axis }) {
    const [$axis] = util.parseAxisParam(axis, [...x!.shape]);
    const sizes = backend_util.prepareSplitSize({ shape: x!.shape } as never, numOrSizeSplits, $axis);
    return sizes.map((size) => ({
      shape: x!.shape.map((n, i) => (i === $axis ? size : n)),
      dtype: x!.dtype,
    }));
  },
  lower(call) {
    const [axis] = util.parseAxisParam(call.attrs.axis, [...call.inputs[0]!.shape]);
    const sizes = call.int64s(call.outputs.map(({ shape }) => shape[axis!]!));
    call
      .ops('Split', [call.input(0), sizes], { axis: int(axis!) }, call.outputs.length)
      .forEach((part, i) => call.output(part, 'plain', i));
  },
});

/** Joins along a new axis. */
const pack = kernel<{ axis: number }>({
  inputs: 'list',
  infer(inputs, { axis }) {
    const { shape, dtype } = inputs[0]!;
    for (const input of inputs) {
      util.assertShapesMatch(
        [...shape],
        [...input.shape],
        'All tensors passed to stack must have matching shapes',
      );
      util.assert(input.dtype === dtype, () => 'All tensors passed to stack must have matching dtypes');
    }
    const $axis = axis < 0 ? axis + shape.length + 1 : axis;
    return [{ shape: [...shape.slice(0, $axis), inputs.length, ...shape.slice($axis)], dtype }];
  },
  lower(call) {
    const { axis } = call.attrs;
    const { shape } = call.inputs[0]!;
    const $axis = axis < 0 ? axis + shape.length + 1 : axis;
    const parts = call.inputs.map((_, i) =>
      call.reshape(call.input(i), [...shape.slice(0, $axis), 1, ...shape.slice($axis)]),
    );
    call.output(call.op('Concat', parts, { axis: int($axis) }));
  },
});

export const movementKernels: Readonly<Record<string, Kernel>> = {
  Concat: concat,
  Slice: slice,
  PadV2: padV2,
  MirrorPad: mirrorPad,
  GatherV2: gather,
  Transpose: transpose,
  SplitV: split,
  Pack: pack,
};
