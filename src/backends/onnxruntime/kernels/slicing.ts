/** Kernels that take a part: Slice, StridedSlice, Reverse, FlipLeftRight. */
import { slice_util, util } from '@tensorflow/tfjs-core';
import { type Lowering } from '../lowering/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { axisInLayout, BEFORE_ALL, comingLayout, inLayout } from './moving.js';

export interface SliceAttrs {
  begin: number | number[];
  size: number | number[];
}

/** Where a slice of a tensor of `shape` begins, and its shape. Throws tfjs' own error where it is not inside. */
export function slicing(
  shape: readonly number[],
  { begin, size }: SliceAttrs,
): [begin: number[], size: number[]] {
  const tensor = { shape: [...shape] } as never;
  const [from, sizes] = slice_util.parseSliceParams(tensor, begin, size) as [number[], number[]];
  slice_util.assertParamsValid(tensor, from, sizes);
  return [from, sizes];
}

const slice = kernel<SliceAttrs>({
  inputs: ['x'],
  infer: ([x], attrs) => [{ shape: slicing(x!.shape, attrs)[1], dtype: x!.dtype }],
  lower(call) {
    const [from, sizes] = slicing(call.inputs[0]!.shape, call.attrs);
    const to = from.map((start, i) => start + sizes[i]!);
    const layout = comingLayout(call);
    const [starts, ends] = [from, to].map((list) => call.int64s(inLayout(list, layout)));
    call.output(call.op('Slice', [call.input(0, layout), starts!, ends!]), layout);
  },
});

/** A slice of this size that begins where input 1 says. Has no kernel in tfjs: a Slice becomes this where places vary. */
export const sliceAt: Kernel = kernel<{ size: number[] }>({
  inputs: ['x', 'begin'],
  infer: ([x], { size }) => [{ shape: size, dtype: x!.dtype }],
  lower(call) {
    const { size } = call.attrs;
    const end = call.op('Add', [call.input(1), call.constant('int32', [size.length], size)]);
    const part = call.op('Slice', [call.input(0), call.input(1), end]);
    call.output(call.reshape(part, size)); // ONNX Runtime does not know its shape
  },
});

export interface StridedAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

export function stridedSlicing(shape: readonly number[], attrs: StridedAttrs) {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  return slice_util.sliceInfo(
    [...shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
}

const stridedSlice = kernel<StridedAttrs>({
  inputs: ['x'],
  infer: ([x], attrs) => [{ shape: stridedSlicing(x!.shape, attrs).finalShape, dtype: x!.dtype }],
  lower(call) {
    const info = stridedSlicing(call.inputs[0]!.shape, call.attrs);
    const { begin, end, strides, finalShape, finalShapeSparse, isIdentity } = info;
    if (isIdentity) {
      call.output(call.reshape(call.input(0), finalShape));
      return;
    }
    const { length: rank } = call.inputs[0]!.shape;
    const sameAxes = finalShape.length === rank && finalShapeSparse.length === rank; // none is new, none goes
    const layout = sameAxes ? comingLayout(call) : 'plain';
    const list = (byAxis: number[]): string => call.int64s(inLayout(byAxis, layout));
    const ends = end.map((to, i) => (strides[i]! < 0 && to < 0 ? BEFORE_ALL : to));
    const axes = call.int64s(begin.map((_, i) => i));
    const part = call.op('Slice', [call.input(0, layout), list(begin), list(ends), axes, list(strides)]);
    call.output(sameAxes ? part : call.reshape(part, finalShape), layout);
  },
});

/** Turns axes around. */
function flip<A extends object>(call: Lowering<A>, axes: readonly number[]): void {
  const layout = comingLayout(call);
  const where = axes.map((axis) => axisInLayout(axis, call.inputs[0]!.shape.length, layout));
  const all = (value: number): string => call.int64s(where.map(() => value));
  const x = call.input(0, layout);
  const y =
    where.length === 0 ? x : call.op('Slice', [x, all(-1), all(BEFORE_ALL), call.int64s(where), all(-1)]);
  call.output(y, layout);
}

const reverse = kernel<{ dims: number | number[] }>({
  inputs: ['x'],
  infer([x], { dims }) {
    util.parseAxisParam(dims, [...x!.shape]);
    return [x!];
  },
  lower(call) {
    flip(call, util.parseAxisParam(call.attrs.dims, [...call.inputs[0]!.shape]));
  },
});

const flipLeftRight = kernel({
  inputs: ['image'],
  infer: ([image]) => (image!.dtype === 'float32' ? [image!] : undefined),
  lower(call) {
    flip(call, [2]);
  },
});

export const slicingKernels: Readonly<Record<string, Kernel>> = {
  Slice: slice,
  StridedSlice: stridedSlice,
  Reverse: reverse,
  FlipLeftRight: flipLeftRight,
};
