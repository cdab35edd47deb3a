/** Kernels that join and split: Concat, Pack, SplitV, Unpack. */
import { backend_util, util } from '@tensorflow/tfjs-core';
import { int } from '../lowering/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { axisInLayout, comingLayout } from './moving.js';

const axisOf = (axis: number, shape: readonly number[]): number => util.parseAxisParam(axis, [...shape])[0]!;

const concat = kernel<{ axis: number }>({
  inputs: 'list',
  infer(inputs, { axis }) {
    const shapes = inputs.map(({ shape }) => [...shape]);
    const $axis = axisOf(axis, shapes[0]!);
    backend_util.assertParamsConsistent(shapes, $axis);
    const { dtype } = inputs[0]!;
    if (inputs.some((input) => input.dtype !== dtype)) return undefined;
    return [{ shape: backend_util.computeOutShape(shapes, $axis), dtype }];
  },
  lower(call) {
    const { shape } = call.outputs[0]!;
    const layout = comingLayout(call);
    const axis = axisInLayout(axisOf(call.attrs.axis, shape), shape.length, layout);
    const parts = call.inputs.map((_, i) => call.input(i, layout));
    call.output(call.op('Concat', parts, { axis: int(axis) }), layout);
  },
});

const split = kernel<{ numOrSizeSplits: number[] | number; axis: number }>({
  inputs: ['x'],
  many: true,
  infer([x], { numOrSizeSplits, axis }) {
    const $axis = axisOf(axis, x!.shape);
    const sizes = backend_util.prepareSplitSize({ shape: x!.shape } as never, numOrSizeSplits, $axis);
    return sizes.map((size) => ({
      shape: x!.shape.map((n, i) => (i === $axis ? size : n)),
      dtype: x!.dtype,
    }));
  },
  lower(call) {
    const { shape } = call.inputs[0]!;
    const plainAxis = axisOf(call.attrs.axis, shape);
    const layout = comingLayout(call);
    const axis = axisInLayout(plainAxis, shape.length, layout);
    const sizes = call.outputs.map((part) => part.shape[plainAxis]!);
    call.split(call.input(0, layout), axis, sizes).forEach((part, i) => call.output(part, layout, i));
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
    const one = [...shape.slice(0, $axis), 1, ...shape.slice($axis)];
    const parts = call.inputs.map((_, i) => call.reshape(call.input(i), one));
    call.output(call.op('Concat', parts, { axis: int($axis) }));
  },
});

/** Splits an axis into single elements, without it. */
const unpack = kernel<{ axis: number }>({
  inputs: ['value'],
  many: true,
  infer([value], { axis }) {
    const $axis = axis < 0 ? axis + value!.shape.length : axis;
    const shape = value!.shape.filter((_, i) => i !== $axis);
    return Array.from({ length: value!.shape[$axis]! }, () => ({ shape, dtype: value!.dtype }));
  },
  lower(call) {
    const { shape } = call.inputs[0]!;
    const axis = call.attrs.axis < 0 ? call.attrs.axis + shape.length : call.attrs.axis;
    const sizes = call.outputs.map(() => 1);
    call
      .split(call.input(0), axis, sizes)
      .forEach((part, i) => call.output(call.reshape(part, call.outputs[i]!.shape), 'plain', i));
  },
});

export const joiningKernels: Readonly<Record<string, Kernel>> = {
  Concat: concat,
  SplitV: split,
  Pack: pack,
  Unpack: unpack,
};
