/** Kernels of one input: y = f(x), element by element. */
import { type DataType } from '@tensorflow/tfjs-core';
import { float, type Lowering } from '../lowering/lowering.js';
import { elementwise } from './elementwise.js';
import { expm1, log1p, sigmoid, step, tan, tanh, toFloat64, toInt32 } from './functions.js';
import { type Kernel, kernel } from './kernel.js';
import { signOf } from './on-gpu.js';

interface UnaryOptions {
  /** Types of inputs that lower. Default float32 only. */
  readonly takes?: readonly DataType[];
  /** Type of the output. Default that of the input. */
  readonly gives?: DataType;
}

/** A kernel that `write` writes; `call.outputs[0]` has the type to compute in. */
function unary<A extends object = object>(
  write: (call: Lowering<A>, x: string) => string,
  { takes = ['float32'], gives }: UnaryOptions = {},
): Kernel {
  return kernel<A>({
    inputs: ['x'],
    infer: ([x]) => (takes.includes(x!.dtype) ? [{ shape: x!.shape, dtype: gives ?? x!.dtype }] : undefined),
    lower: (call) => elementwise(call, (x) => write(call, x)),
  });
}

/** A kernel that is one ONNX operator. */
const operator = (op: string, options?: UnaryOptions): Kernel =>
  unary((call, x) => call.op(op, [x]), options);

const numeric: UnaryOptions = { takes: ['float32', 'int32'] };
/** Of integers, too, the result is float32. */
const toFloat: UnaryOptions = { ...numeric, gives: 'float32' };
const toBool: UnaryOptions = { ...numeric, gives: 'bool' };

const isInt = ({ inputs }: Lowering): boolean => inputs[0]!.dtype === 'int32';

/** The input as float32. */
const asFloat = (call: Lowering, x: string): string => (isInt(call) ? call.cast(x, 'float32') : x);

/** A constant scalar of the output's type. */
const number = (call: Lowering, value: number): string => call.scalar(value, call.outputs[0]!);

/** Limits of integers are integers in reach. */
function clip(call: Lowering, x: string, least: number, most: number): string {
  const within = (limit: number) =>
    isInt(call) ? Math.min(Math.max(limit, -(2 ** 31)), 2 ** 31 - 1) : limit;
  return call.op('Clip', [x, number(call, within(least)), number(call, within(most))]);
}

/** tfjs' conversions; those to the same type are views (views.ts), those to complex64 fall back. */
const cast = kernel<{ dtype: DataType }>({
  inputs: ['x'],
  infer: ([x], { dtype }) =>
    dtype === 'float32' || dtype === 'int32' || dtype === 'bool' ? [{ shape: x!.shape, dtype }] : undefined,
  lower: (call) =>
    elementwise(call, (x) => {
      const { dtype } = call.attrs;
      return call.inputs[0]!.dtype === 'float32' && dtype === 'int32'
        ? toInt32(call, x)
        : call.cast(x, dtype);
    }),
});

export const unaryKernels: Readonly<Record<string, Kernel>> = {
  Abs: operator('Abs', numeric),
  Acos: operator('Acos'),
  Acosh: operator('Acosh'),
  Asin: operator('Asin'),
  Asinh: operator('Asinh'),
  Atan: operator('Atan'),
  Atanh: operator('Atanh'),
  Cast: cast,
  Ceil: operator('Ceil'),
  ClipByValue: unary<{ clipValueMin: number; clipValueMax: number }>(
    (call, x) => clip(call, x, call.attrs.clipValueMin, call.attrs.clipValueMax),
    numeric,
  ),
  Cos: operator('Cos'),
  Cosh: operator('Cosh'),
  Elu: operator('Elu'),
  Erf: operator('Erf'),
  // Of integers in double precision: e^10 in float32 is off by its last bit, where tfjs is not.
  Exp: unary(
    (call, x) =>
      isInt(call) ? call.cast(call.op('Exp', [toFloat64(call, x)]), 'float32') : call.op('Exp', [x]),
    toFloat,
  ),
  Expm1: unary(expm1),
  Floor: operator('Floor'),
  IsFinite: unary((call, x) => {
    const infinity = call.constant('float32', [], [Infinity]);
    return call.op('Less', [call.op('Abs', [asFloat(call, x)]), infinity]); // as NaN is not
  }, toBool),
  IsInf: unary((call, x) => call.op('IsInf', [asFloat(call, x)]), toBool),
  IsNan: unary((call, x) => call.op('IsNaN', [asFloat(call, x)]), toBool),
  LeakyRelu: unary<{ alpha: number }>(
    (call, x) => call.op('LeakyRelu', [asFloat(call, x)], { alpha: float(call.attrs.alpha) }),
    toFloat,
  ),
  Log: operator('Log'),
  Log1p: unary(log1p),
  LogicalNot: operator('Not', { takes: ['bool'] }),
  Neg: operator('Neg', numeric),
  Reciprocal: operator('Reciprocal'),
  Relu: operator('Relu', numeric),
  Relu6: unary((call, x) => clip(call, x, 0, 6), numeric),
  Round: operator('Round'), // both to even
  Rsqrt: unary((call, x) => call.op('Reciprocal', [call.op('Sqrt', [x])])),
  Selu: operator('Selu'),
  Sigmoid: unary(sigmoid),
  Sign: unary((call, x) => {
    const sign = signOf(call, x, call.outputs[0]!);
    if (isInt(call) || call.settings.onWebGPU) return sign;
    return call.op('Where', [call.op('Equal', [x, x]), sign, number(call, 0)]); // 0 for NaN
  }, numeric),
  Sin: operator('Sin'),
  Sinh: operator('Sinh'),
  Softplus: operator('Softplus'),
  Sqrt: operator('Sqrt'),
  Square: unary((call, x) => call.op('Mul', [x, x]), numeric),
  Step: unary<{ alpha: number }>((call, x) => step(call, x, call.attrs.alpha)),
  Tan: unary(tan),
  Tanh: unary(tanh),
};
