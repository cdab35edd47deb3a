/** Kernels of one input: y = f(x), element by element. */
import { type DataType } from '@tensorflow/tfjs-core';
import { float, int, type Lowering } from '../graph/lowering.js';
import { elementwise } from './elementwise.js';
import { type Kernel, kernel } from './kernel.js';

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

/** tfjs' conversions; those to the same type are views (direct.ts), those to complex numbers fall back. */
const cast = kernel<{ dtype: DataType }>({
  inputs: ['x'],
  infer: ([x], { dtype }) =>
    dtype === 'float32' || dtype === 'int32' || dtype === 'bool' ? [{ shape: x!.shape, dtype }] : undefined,
  lower: (call) =>
    elementwise(call, (x) => {
      const { dtype } = call.attrs;
      if (call.inputs[0]!.dtype !== 'float32' || dtype !== 'int32') return call.cast(x, dtype);
      const zero = call.scalar(0, call.inputs[0]!); // what JavaScript's arrays make of NaN
      return call.cast(call.op('Where', [call.op('Equal', [x, x]), x, zero]), 'int32');
    }),
});

/** A kernel that is one ONNX operator. */
const operator = (op: string, options?: UnaryOptions): Kernel =>
  unary((call, x) => call.op(op, [x]), options);

const numeric: UnaryOptions = { takes: ['float32', 'int32'] };

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
  Cos: operator('Cos'),
  Cosh: operator('Cosh'),
  Elu: operator('Elu'),
  Erf: operator('Erf'),
  Exp: operator('Exp'),
  Floor: operator('Floor'),
  IsNan: operator('IsNaN', { gives: 'bool' }),
  IsInf: operator('IsInf', { gives: 'bool' }),
  Log: operator('Log'),
  LogicalNot: operator('Not', { takes: ['bool'] }),
  Neg: operator('Neg', numeric),
  Reciprocal: operator('Reciprocal'),
  Relu: operator('Relu'),
  Round: operator('Round'), // both to even
  Selu: operator('Selu'),
  Sigmoid: operator('Sigmoid'),
  // 0 for NaN, as tfjs has it
  Sign: unary((call, x) => {
    const zero = call.scalar(0, call.outputs[0]!);
    return call.op('Where', [call.op('Equal', [x, x]), call.op('Sign', [x]), zero]);
  }),
  Sin: operator('Sin'),
  Sinh: operator('Sinh'),
  Softplus: operator('Softplus'),
  Sqrt: operator('Sqrt'),
  // ONNX Runtime's may be 1 + 1e-7.
  Tanh: unary((call, x) => {
    const number = (value: number) => call.scalar(value, call.outputs[0]!);
    return call.op('Clip', [call.op('Tanh', [x]), number(-1), number(1)]);
  }),
  // In double precision: where the cosine is close to 0 each bit of it shows.
  Tan: unary((call, x) => {
    const double = call.op('Cast', [x], { to: int(11) });
    const tan = call.op('Div', [call.op('Sin', [double]), call.op('Cos', [double])]);
    return call.cast(tan, 'float32');
  }),
  Square: unary((call, x) => call.op('Mul', [x, x]), numeric),
  Rsqrt: unary((call, x) => call.op('Reciprocal', [call.op('Sqrt', [x])])),
  Relu6: unary((call, x) =>
    call.op('Clip', [x, call.scalar(0, call.inputs[0]!), call.scalar(6, call.inputs[0]!)]),
  ),
  IsFinite: unary(
    (call, x) => call.op('Not', [call.op('Or', [call.op('IsNaN', [x]), call.op('IsInf', [x])])]),
    {
      gives: 'bool',
    },
  ),
  // exp(x) − 1 loses small x; 2 · sinh(x/2) · exp(x/2) is the same and does not
  Expm1: unary((call, x) => {
    const number = (value: number) => call.scalar(value, call.outputs[0]!);
    const half = call.op('Mul', [x, number(0.5)]);
    const grown = call.op('Mul', [
      call.op('Mul', [call.op('Sinh', [half]), number(2)]),
      call.op('Exp', [half]),
    ]);
    const plain = call.op('Sub', [call.op('Exp', [x]), number(1)]);
    return call.op('Where', [call.op('Less', [call.op('Abs', [x]), number(1)]), grown, plain]);
  }),
  LeakyRelu: unary<{ alpha: number }>((call, x) =>
    call.op('LeakyRelu', [x], { alpha: float(call.attrs.alpha) }),
  ),
  // 1 above 0, alpha below, NaN for NaN
  Step: unary<{ alpha: number }>((call, x) => {
    const number = (value: number) => call.scalar(value, call.outputs[0]!);
    const step = call.op('Where', [call.op('Greater', [x, number(0)]), number(1), number(call.attrs.alpha)]);
    return call.op('Where', [call.op('Equal', [x, x]), step, x]);
  }),
  // log(1 + x) loses small x; their quotient does not, as both err alike
  Log1p: unary((call, x) => {
    const one = call.scalar(1, call.outputs[0]!);
    const u = call.op('Add', [x, one]);
    const exact = call.op('Mul', [call.op('Log', [u]), call.op('Div', [x, call.op('Sub', [u, one])])]);
    return call.op('Where', [call.op('Equal', [u, one]), x, exact]);
  }),
  ClipByValue: unary<{ clipValueMin: number; clipValueMax: number }>((call, x) => {
    const number = (value: number) => call.scalar(value, call.outputs[0]!);
    const { clipValueMin, clipValueMax } = call.attrs;
    return call.op('Clip', [x, number(clipValueMin), number(clipValueMax)]);
  }),
};
