/** Kernels of two inputs that broadcast: arithmetic, comparisons, logic. */
import { type DataType } from '@tensorflow/tfjs-core';
import { type Lowering } from '../lowering/lowering.js';
import { broadcastShape, elementwise } from './elementwise.js';
import { atan2, floorMod, floorModInt32, toFloat64, toInt32 } from './functions.js';
import { type Kernel, kernel } from './kernel.js';

interface BinaryOptions {
  /** Types of inputs that lower, both alike (tfjs converts the one to the other's). Default float32 and int32. */
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

const isInt = ({ inputs }: Lowering): boolean => inputs[0]!.dtype === 'int32';

const floats: BinaryOptions = { takes: ['float32'] };
const logic: BinaryOptions = { takes: ['bool'] };
const comparison: BinaryOptions = { takes: ['float32', 'int32', 'bool'], gives: 'bool' };

/** An order, in which false comes before true. */
const order = (op: string): Kernel =>
  binary((call, a, b) => {
    const isBool = call.inputs[0]!.dtype === 'bool';
    return call.op(op, isBool ? [call.cast(a, 'int32'), call.cast(b, 'int32')] : [a, b]);
  }, comparison);

/** In double precision, so that integers stay exact and quotients close below an integer are not rounded up. */
const floorDiv = binary(
  (call, a, b) => toInt32(call, call.op('Floor', [call.op('Div', [toFloat64(call, a), toFloat64(call, b)])])),
  { gives: 'int32' },
);

export const binaryKernels: Readonly<Record<string, Kernel>> = {
  Add: operator('Add'),
  Atan2: binary(atan2, floats),
  BitwiseAnd: operator('BitwiseAnd', { takes: ['int32'] }),
  Equal: operator('Equal', comparison),
  FloorDiv: floorDiv,
  Greater: order('Greater'),
  GreaterEqual: order('GreaterOrEqual'),
  Less: order('Less'),
  LessEqual: order('LessOrEqual'),
  LogicalAnd: operator('And', logic),
  LogicalOr: operator('Or', logic),
  Maximum: operator('Max'),
  Minimum: operator('Min'),
  Mod: binary((call, a, b) => (isInt(call) ? floorModInt32 : floorMod)(call, a, b)),
  Multiply: operator('Mul'),
  NotEqual: binary((call, a, b) => call.op('Not', [call.op('Equal', [a, b])]), comparison),
  Pow: binary((call, a, b) =>
    isInt(call)
      ? toInt32(call, call.op('Pow', [toFloat64(call, a), toFloat64(call, b)]))
      : call.op('Pow', [a, b]),
  ),
  RealDiv: operator('Div', floats),
  SquaredDifference: binary((call, a, b) => {
    const difference = call.op('Sub', [a, b]);
    return call.op('Mul', [difference, difference]);
  }),
  Sub: operator('Sub'),
};
