/** Kernels that reduce axes: sums, means, extremes. */
import { backend_util, type DataType, util } from '@tensorflow/tfjs-core';
import { int, type Lowering } from '../lowering/lowering.js';
import { permutation } from '../lowering/writer.js';
import { type Kernel, kernel } from './kernel.js';
import { inLayout } from './moving.js';

interface ReductionAttrs {
  axis?: number | number[];
  /** What `axis` is called in Max. */
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

const axesOf = ({ axis, reductionIndices }: ReductionAttrs, shape: readonly number[]): number[] =>
  util.parseAxisParam((axis ?? reductionIndices)!, [...shape]);

interface ReductionOptions {
  readonly takes: readonly DataType[];
  /** Type of the output. Default that of the input. */
  readonly gives?: (dtype: DataType) => DataType;
}

function reduction(op: string, { takes, gives }: ReductionOptions): Kernel {
  return kernel<ReductionAttrs>({
    inputs: ['x'],
    infer([x], attrs) {
      const shape = [...x!.shape];
      const axes = axesOf(attrs, shape);
      const [out] = backend_util.computeOutAndReduceShapes(shape, axes);
      if (!takes.includes(x!.dtype)) return undefined;
      const dtype = gives?.(x!.dtype) ?? x!.dtype;
      return [{ shape: attrs.keepDims === true ? backend_util.expandShapeToKeepDim(out, axes) : out, dtype }];
    },
    lower(call) {
      reduce(call, op);
    },
  });
}

function reduce(call: Lowering<ReductionAttrs>, op: string): void {
  const { shape, dtype } = call.inputs[0]!;
  const axes = axesOf(call.attrs, shape);
  const keep = call.attrs.keepDims === true;
  const output = call.outputs[0]!;
  // An image's statistics are taken in the layout it comes in, if what comes out fits both or keeps its axes.
  const channelsFirst = shape.length >= 3 && !call.has(0, 'plain') && call.has(0, 'channels first');
  const order = permutation(Math.max(shape.length, 2), 'channels first');
  const remaining = order.filter((axis) => !axes.includes(axis));
  const inOrder = keep || remaining.every((axis, i) => i === 0 || axis > remaining[i - 1]!);
  const layout = channelsFirst && inOrder ? 'channels first' : 'plain';
  const where = layout === 'plain' ? axes : axes.map((axis) => order.indexOf(axis));
  let x = call.input(0, layout);
  if (dtype !== output.dtype) x = call.cast(x, output.dtype);
  if (axes.length === 0) {
    call.output(call.op('Identity', [x]), layout); // to ONNX no axes are all
    return;
  }
  if (layout === 'plain' && dtype === 'float32' && paysAlongRows(op, shape, where)) {
    const w = shape[2]!;
    x = call.op('MatMul', [call.constant('float32', [1, w], rowOf(w, op === 'ReduceMean' ? 1 / w : 1)), x]);
  } else if (op === 'ReduceMean' && isLong(inLayout(shape, layout), where)) {
    x = call.op(op, [x, call.int64s([Math.max(...where)])], { keepdims: int(1) });
  }
  const over = (op: string, x: string, axes = where) =>
    call.op(op, [x, call.int64s(axes)], { keepdims: int(keep ? 1 : 0) });
  // A batch is summed sample by sample, each in the same order: so what two samples add to the gradient of a
  // critic's last bias, c and -c many times over, cancels to 0 instead of to rounding.
  const perSample = where.filter((axis) => axis !== 0);
  const batched =
    op === 'ReduceSum' && shape[0]! > 1 && perSample.length > 0 && perSample.length < where.length;
  const reduced = (x: string) => (batched ? over(op, over(op, x, perSample), [0]) : over(op, x));
  let y: string;
  if ((op === 'ReduceSum' || op === 'ReduceProd') && dtype === 'int32') {
    // In 64 bits and then wrapped around; in 32 it is wrong once a part of the sum has left their range.
    y = call.cast(reduced(call.op('Cast', [x], { to: int(7) })), 'int32');
  } else if (seesNoNaN.includes(op) && dtype === 'float32') {
    const zero = call.scalar(0, output);
    y = call.op('Add', [reduced(x), over('ReduceSum', call.op('Clip', [x, zero, zero]))]); // + NaN for NaN
  } else {
    y = reduced(x);
  }
  call.output(y, keep ? layout : 'plain');
}

/**
 * Whether a mean is computed in two steps, along the last axis first. ONNX Runtime adds up one element after the other, and rounds
 * the sum each time: the mean of 4096 equal values had a relative error of 4e-5. Along the last axis it adds up 32 sums at once.
 */
function isLong(shape: readonly number[], axes: readonly number[]): boolean {
  const sideBySide = axes.every((axis) => axis >= shape.length - axes.length);
  const values = axes.reduce((product, axis) => product * shape[axis]!, 1);
  return axes.length > 1 && values > (sideBySide ? 8192 : 256);
}

const rowOf = (size: number, value: number): number[] => new Array<number>(size).fill(value);

/**
 * Whether rows of images [n, h, w, c] are added up as matrix products, each [1, w] · [w, c], before the rest is reduced. ONNX
 * Runtime's reduction of the axes in the middle works on one channel after another, far apart in memory. Measured: ten times as
 * slow for 64 × 64 × 256. With many small samples, each of which has a thread, it is not slower.
 */
function paysAlongRows(op: string, shape: readonly number[], axes: readonly number[]): boolean {
  if (shape.length !== 4 || (op !== 'ReduceSum' && op !== 'ReduceMean')) return false;
  const [n, h, w, c] = shape as [number, number, number, number];
  return axes.includes(1) && axes.includes(2) && !axes.includes(3) && c >= 8 && h * w >= 256 * n;
}

/** Operators for which a NaN is no larger or smaller than anything, while for tfjs it is the result. */
const seesNoNaN = ['ReduceMax', 'ReduceMin'];

const summable = (dtype: DataType): DataType => (dtype === 'bool' ? 'int32' : dtype);

/** ONNX Runtime has no such kernels for bool. */
function withoutBool<A extends object>(call: Lowering<A>): string {
  const x = call.input(0);
  return call.inputs[0]!.dtype === 'bool' ? call.cast(x, 'int32') : x;
}

/** Where the largest or smallest element of an axis lies; the first of equals. NaN is no candidate. */
const argument = (op: 'ArgMax' | 'ArgMin'): Kernel =>
  kernel<{ axis: number }>({
    inputs: ['x'],
    infer([x], { axis }) {
      const [$axis] = util.parseAxisParam(axis, [...x!.shape]);
      return [{ shape: x!.shape.filter((_, i) => i !== $axis), dtype: 'int32' }];
    },
    lower(call) {
      const { shape, dtype } = call.inputs[0]!;
      const [axis] = util.parseAxisParam(call.attrs.axis, [...shape]);
      let x = withoutBool(call);
      if (dtype === 'float32') {
        const never = call.scalar(op === 'ArgMax' ? -Infinity : Infinity, call.inputs[0]!);
        x = call.op('Where', [call.op('Equal', [x, x]), x, never]);
      }
      const found = call.op(op, [x], { axis: int(axis!), keepdims: int(0) });
      call.output(call.cast(found, 'int32'));
    },
  });

const cumsum = kernel<{ axis: number; exclusive: boolean; reverse: boolean }>({
  inputs: ['x'],
  infer: ([x]) => [{ shape: x!.shape, dtype: summable(x!.dtype) }],
  lower(call) {
    const { axis, exclusive, reverse } = call.attrs;
    const [$axis] = util.parseAxisParam(axis, [...call.inputs[0]!.shape]);
    const along = call.constant('int64', [], [$axis!]);
    const attributes = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
    call.output(call.op('CumSum', [withoutBool(call), along], attributes));
  },
});

const all: readonly DataType[] = ['float32', 'int32', 'bool'];

export const reductionKernels: Readonly<Record<string, Kernel>> = {
  All: reduction('ReduceMin', { takes: ['bool'] }),
  Any: reduction('ReduceMax', { takes: ['bool'] }),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Cumsum: cumsum,
  Max: reduction('ReduceMax', { takes: all }),
  Mean: reduction('ReduceMean', { takes: all, gives: () => 'float32' }),
  Min: reduction('ReduceMin', { takes: all }),
  Prod: reduction('ReduceProd', { takes: all, gives: summable }),
  Sum: reduction('ReduceSum', { takes: all, gives: summable }),
};
