/** Kernels of several inputs that lie over each other, element by element: choosing, adding up, activations. */
import { type DataType, upcastType } from '@tensorflow/tfjs-core';
import { type Lowering } from '../lowering/lowering.js';
import { hasShape } from '../lowering/specs.js';
import { broadcastShape, elementwise } from './elementwise.js';
import { type Kernel, kernel } from './kernel.js';
import { sumOf } from './on-gpu.js';

const types: readonly DataType[] = ['float32', 'int32', 'bool'];

/** t where the condition holds, else e. A condition of one axis chooses whole rows. */
const select = kernel({
  inputs: ['condition', 't', 'e'],
  infer([condition, t, e]) {
    const rows = condition!.shape.length === 1 && t!.shape.length > 1;
    const shape = rows ? t!.shape : broadcastShape([condition!, t!, e!]);
    const lowers = condition!.dtype === 'bool' && types.includes(t!.dtype) && types.includes(e!.dtype);
    return lowers ? [{ shape, dtype: upcastType(t!.dtype, e!.dtype) }] : undefined;
  },
  lower(call) {
    const [condition, t] = call.inputs;
    if (condition!.shape.length === 1 && t!.shape.length > 1) {
      const rows = call.reshape(call.input(0), [...condition!.shape, ...t!.shape.slice(1).fill(1)]);
      call.output(choose(call, rows, call.input(1), call.input(2)));
    } else {
      elementwise(call, (condition, t, e) => choose(call, condition, t, e));
    }
  },
});

function choose(call: Lowering, condition: string, t: string, e: string): string {
  const { dtype } = call.outputs[0]!;
  if (dtype === 'bool') {
    const not = call.op('Not', [condition]); // Where takes no bool
    return call.op('Or', [call.op('And', [condition, t]), call.op('And', [not, e])]);
  }
  const converted = (x: string, i: number) => (call.inputs[i]!.dtype === dtype ? x : call.cast(x, dtype));
  return call.op('Where', [condition, converted(t, 1), converted(e, 2)]);
}

const addN = kernel({
  inputs: 'list',
  infer(inputs) {
    const { dtype } = inputs[0]!;
    const alike = inputs.every((term) => term.dtype === dtype);
    const lowers = alike && (dtype === 'float32' || dtype === 'int32');
    return lowers ? [{ shape: broadcastShape(inputs), dtype }] : undefined;
  },
  lower: (call) =>
    elementwise(call, (...terms) => {
      if (terms.length === 1) return call.op('Identity', terms);
      if (call.outputs[0]!.dtype === 'float32') return sumOf(call, terms);
      return terms.reduce((sum, term) => call.op('Add', [sum, term])); // ONNX Runtime's Sum takes no integers
    }),
});

const prelu = kernel({
  inputs: ['x', 'alpha'],
  infer: ([x, alpha]) =>
    x!.dtype === 'float32' && alpha!.dtype === 'float32'
      ? [{ shape: broadcastShape([x!, alpha!]), dtype: 'float32' }]
      : undefined,
  lower(call) {
    // ONNX' PRelu broadcasts alpha alone.
    const isWhole = hasShape(call.inputs[0]!, call.outputs[0]!.shape) && !call.isFilled(0);
    elementwise(call, (x, alpha) => {
      if (isWhole) return call.op('PRelu', [x, alpha]);
      const isNegative = call.op('Less', [x, call.scalar(0, call.outputs[0]!)]);
      return call.op('Where', [isNegative, call.op('Mul', [x, alpha]), x]);
    });
  },
});

/** dy · (y + 1) where y < 0, else dy. */
const eluGrad = kernel({
  inputs: ['dy', 'y'],
  infer: ([dy, y]) => (dy!.dtype === 'float32' && y!.dtype === 'float32' ? [y!] : undefined),
  lower: (call) =>
    elementwise(call, (dy, y) => {
      const number = (value: number) => call.scalar(value, call.outputs[0]!);
      return call.op('Mul', [dy, call.op('Add', [call.op('Min', [y, number(0)]), number(1)])]);
    }),
});

export const combiningKernels: Readonly<Record<string, Kernel>> = {
  AddN: addN,
  EluGrad: eluGrad,
  Prelu: prelu,
  Select: select,
};
