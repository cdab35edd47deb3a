/** Kernels that reduce axes: sums, means, extremes. */
import { backend_util, type DataType, util } from '@tensorflow/tfjs-core';
import { int, type Lowering } from '../graph/lowering.js';
import { permutation } from '../graph/writer.js';
import { type Kernel, kernel } from './kernel.js';

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
  // A picture's statistics are taken in the layout it comes in, if what comes out fits both or keeps its axes.
  const channelsFirst = shape.length >= 3 && !call.has(0, 'plain') && call.has(0, 'channels first');
  const order = permutation(Math.max(shape.length, 2), 'channels first');
  const remaining = order.filter((axis) => !axes.includes(axis));
  const inOrder = keep || remaining.every((axis, i) => i === 0 || axis > remaining[i - 1]!);
  const layout = channelsFirst && inOrder ? 'channels first' : 'plain';
  const where = layout === 'plain' ? axes : axes.map((axis) => order.indexOf(axis));
  let x = call.input(0, layout);
  if (dtype !== output.dtype) x = call.cast(x, output.dtype);
  const over = (op: string, x: string, axes = where) =>
    call.op(op, [x, call.int64s(axes)], { keepdims: int(keep ? 1 : 0) });
  // A batch is summed sample by sample, each in the same order: so what two samples add to the gradient of a
  // critic's last bias, c and -c many times over, cancels to 0 instead of to rounding.
  const perSample = where.filter((axis) => axis !== 0);
  const batched =
    op === 'ReduceSum' && shape[0]! > 1 && perSample.length > 0 && perSample.length < where.length;
  let y = batched ? over(op, over(op, x, perSample), [0]) : over(op, x);
  if (seesNoNaN.includes(op) && dtype === 'float32') {
    const nan = call.op('Where', [
      call.op('Equal', [x, x]),
      call.scalar(0, output),
      call.scalar(NaN, output),
    ]);
    y = call.op('Add', [y, over('ReduceSum', nan)]);
  }
  call.output(y, keep ? layout : 'plain');
}

/** Operators for which a NaN is no larger or smaller than anything, while for tfjs it is the result. */
const seesNoNaN = ['ReduceMax', 'ReduceMin'];

const summable = (dtype: DataType): DataType => (dtype === 'bool' ? 'int32' : dtype);

/** Where the largest or smallest element of an axis lies; the first of equals. */
const argument = (op: 'ArgMax' | 'ArgMin'): Kernel =>
  kernel<{ axis: number }>({
    inputs: ['x'],
    infer([x], { axis }) {
      const [$axis] = util.parseAxisParam(axis, [...x!.shape]);
      const shape = x!.shape.filter((_, i) => i !== $axis);
      return x!.dtype === 'float32' || x!.dtype === 'int32' ? [{ shape, dtype: 'int32' }] : undefined;
    },
    lower(call) {
      const [axis] = util.parseAxisParam(call.attrs.axis, [...call.inputs[0]!.shape]);
      const { dtype } = call.inputs[0]!;
      let x = call.input(0);
      if (dtype === 'float32') {
        const never = call.scalar(op === 'ArgMax' ? -Infinity : Infinity, call.inputs[0]!);
        x = call.op('Where', [call.op('Equal', [x, x]), x, never]); // NaN is no candidate
      }
      const found = call.op(op, [x], { axis: int(axis!), keepdims: int(0) });
      call.output(call.cast(found, 'int32'));
    },
  });

const cumsum = kernel<{ axis: number; exclusive: boolean; reverse: boolean }>({
  inputs: ['x'],
  infer: ([x]) => (x!.dtype === 'float32' || x!.dtype === 'int32' ? [x!] : undefined),
  lower(call) {
    const { axis, exclusive, reverse } = call.attrs;
    const [$axis] = util.parseAxisParam(axis, [...call.inputs[0]!.shape]);
    const along = call.constant('int64', [], [$axis!]);
    const attributes = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
    call.output(call.op('CumSum', [call.input(0), along], attributes));
  },
});

export const reductionKernels: Readonly<Record<string, Kernel>> = {
  Sum: reduction('ReduceSum', { takes: ['float32', 'int32', 'bool'], gives: summable }),
  Mean: reduction('ReduceMean', { takes: ['float32', 'int32', 'bool'], gives: () => 'float32' }),
  Prod: reduction('ReduceProd', { takes: ['float32', 'int32'] }),
  All: reduction('ReduceMin', { takes: ['bool'] }),
  Any: reduction('ReduceMax', { takes: ['bool'] }),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Cumsum: cumsum,
  Max: reduction('ReduceMax', { takes: ['float32', 'int32'] }),
  Min: reduction('ReduceMin', { takes: ['float32', 'int32'] }),
};
