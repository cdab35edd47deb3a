/** Kernels of two inputs that broadcast: arithmetic, comparisons, logic. */
import { type DataType } from '@tensorflow/tfjs-core';
import { int, type Lowering } from '../graph/lowering.js';
import { broadcastShape, elementwise } from './elementwise.js';
import { type Kernel, kernel } from './kernel.js';

interface BinaryOptions {
  /** Types of inputs that lower, both alike. Default float32 and int32. */
  readonly takes?: readonly DataType[];
  /** Type of the output. Default that of the inputs. */
  readonly gives?: DataType;
}

function binary(
  write: (call: Lowering, a: string, b: string) => string,
  { takes = ['float32', 'int32'], gives }: BinaryOptions = {},
): Kernel {
  return kernel({
    inputs: ['a', 'b'],
    infer([a, b]) {
      const shape = broadcastShape([a!, b!]);
      if (!takes.includes(a!.dtype) || a!.dtype !== b!.dtype) return undefined;
      return [{ shape, dtype: gives ?? a!.dtype }];
    },
    lower: (call) => elementwise(call, (a, b) => write(call, a, b)),
  });
}

const operator = (op: string, options?: BinaryOptions): Kernel =>
  binary((call, a, b) => call.op(op, [a, b]), options);

const comparison: BinaryOptions = { gives: 'bool' };
const logic: BinaryOptions = { takes: ['bool'] };

export const binaryKernels: Readonly<Record<string, Kernel>> = {
  Add: operator('Add'),
  Sub: operator('Sub'),
  Multiply: operator('Mul'),
  RealDiv: operator('Div', { takes: ['float32'] }),
  Maximum: operator('Max'),
  Minimum: operator('Min'),
  Pow: operator('Pow', { takes: ['float32'] }),
  SquaredDifference: binary((call, a, b) => {
    const difference = call.op('Sub', [a, b]);
    return call.op('Mul', [difference, difference]);
  }),
  FloorDiv: binary((call, a, b) => call.op('Floor', [call.op('Div', [a, b])]), { takes: ['float32'] }),
  // the sign of the divisor, as tfjs has it
  Mod: binary((call, a, b) => {
    if (call.inputs[0]!.dtype === 'int32') return call.op('Mod', [a, b]);
    const rest = call.op('Mod', [a, b], { fmod: int(1) });
    return call.op('Mod', [call.op('Add', [rest, b]), b], { fmod: int(1) });
  }),
  EluGrad: kernel({
    inputs: ['dy', 'y'],
    infer: ([dy, y]) => (dy!.dtype === 'float32' && y!.dtype === 'float32' ? [y!] : undefined),
    lower: (call) =>
      elementwise(call, (dy, y) => {
        const number = (value: number) => call.scalar(value, call.outputs[0]!);
        const below = call.op('Mul', [dy, call.op('Add', [y, number(1)])]);
        return call.op('Where', [call.op('Less', [y, number(0)]), below, dy]);
      }),
  }),
  Select: kernel({
    inputs: ['condition', 't', 'e'],
    infer([condition, t, e]) {
      const same = condition!.shape.join() === t!.shape.join() && t!.shape.join() === e!.shape.join();
      const lowers = same && condition!.dtype === 'bool' && t!.dtype === e!.dtype;
      return lowers ? [t!] : undefined;
    },
    lower: (call) => elementwise(call, (condition, t, e) => call.op('Where', [condition, t, e])),
  }),
  AddN: kernel({
    inputs: 'list',
    infer: (inputs) =>
      inputs.every(({ dtype }) => dtype === 'float32')
        ? [{ shape: broadcastShape(inputs), dtype: 'float32' }]
        : undefined,
    lower: (call) => elementwise(call, (...terms) => call.op('Sum', terms)),
  }),
  Prelu: kernel({
    inputs: ['x', 'alpha'],
    infer: ([x, alpha]) =>
      x!.dtype === 'float32' && alpha!.dtype === 'float32'
        ? [{ shape: broadcastShape([x!, alpha!]), dtype: 'float32' }]
        : undefined,
    lower: (call) =>
      elementwise(call, (x, alpha) => {
        const zero = call.scalar(0, call.outputs[0]!);
        return call.op('Where', [call.op('Less', [x, zero]), call.op('Mul', [alpha, x]), x]);
      }),
  }),
  Equal: operator('Equal', comparison),
  Greater: operator('Greater', comparison),
  GreaterEqual: operator('GreaterOrEqual', comparison),
  Less: operator('Less', comparison),
  LessEqual: operator('LessOrEqual', comparison),
  NotEqual: binary((call, a, b) => call.op('Not', [call.op('Equal', [a, b])]), comparison),
  LogicalAnd: operator('And', logic),
  LogicalOr: operator('Or', logic),
};
