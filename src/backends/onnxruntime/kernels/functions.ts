/**
 * Functions that ONNX Runtime lacks, or computes less exactly than float32 allows, as a few ONNX nodes.
 * They take and give names of float32 values, whatever their shapes, unless they say otherwise.
 */
import { int, type Lowering } from '../lowering/lowering.js';
import { signOf } from './on-gpu.js';

/** Codes of the types that only occur inside of functions. */
const int64 = int(7);
const float64 = int(11);

/** A constant float32 scalar. */
const number = (call: Lowering, value: number): string => call.constant('float32', [], [value]);

export const toFloat64 = (call: Lowering, x: string): string => call.op('Cast', [x], { to: float64 });

/** Floating point to int32 as JavaScript's arrays do: cut off, wrapped around, 0 for NaN. */
export function toInt32(call: Lowering, x: string): string {
  const wide = call.op('Cast', [x], { to: int64 });
  // Cast by way of int64 is optimized into one that does not wrap.
  const low = call.op('BitwiseAnd', [wide, call.constant('int64', [], [2 ** 32 - 1])]);
  return call.cast(low, 'int32');
}

/** 1 / (1 + exp(−x)). ONNX Runtime's Sigmoid is 17 % off at −15 and 0 from −18 down: not for a logarithm. */
export function sigmoid(call: Lowering, x: string): string {
  const grown = call.op('Exp', [call.op('Neg', [x])]);
  return call.op('Reciprocal', [call.op('Add', [grown, number(call, 1)])]);
}

/** tanh(x), which in ONNX Runtime may be 1 + 1e-7. */
export const tanh = (call: Lowering, x: string): string =>
  call.op('Clip', [call.op('Tanh', [x]), number(call, -1), number(call, 1)]);

/** tan(x) in double precision: where the cosine is close to 0 each bit of it shows. */
export function tan(call: Lowering, x: string): string {
  const double = toFloat64(call, x);
  return call.cast(call.op('Div', [call.op('Sin', [double]), call.op('Cos', [double])]), 'float32');
}

/** exp(x) − 1 as 2 · sinh(x/2) · exp(x/2), which keeps small x. From −80 down it is −1. */
export function expm1(call: Lowering, x: string): string {
  const half = call.op('Max', [call.op('Mul', [x, number(call, 0.5)]), number(call, -40)]);
  const product = call.op('Mul', [call.op('Sinh', [half]), call.op('Exp', [half])]);
  return call.op('Add', [product, product]);
}

/** log(u), u = 1 + x, times x / (u − 1): both lose the same bits of small x. An infinite u would give ∞ / ∞. */
export function log1p(call: Lowering, x: string): string {
  const one = number(call, 1);
  const u = call.op('Min', [call.op('Add', [x, one]), number(call, LARGEST)]);
  const exact = call.op('Mul', [call.op('Log', [u]), call.op('Div', [x, call.op('Sub', [u, one])])]);
  return call.op('Where', [call.op('Equal', [u, one]), x, exact]);
}

/** The angle of the point (b, a), within ±π. Like JavaScript's, with signed zeros and infinities. */
export function atan2(call: Lowering, a: string, b: string): string {
  const finite = (x: string) => call.op('Clip', [x, number(call, -LARGEST), number(call, LARGEST)]);
  const isNegative = (x: string) => call.op('Less', [call.op('Reciprocal', [x]), number(call, 0)]); // −0 too
  const across = finite(b);
  const distance = call.op('Max', [call.op('Abs', [across]), number(call, SMALLEST)]);
  const angle = call.op('Atan', [call.op('Div', [finite(a), distance])]);
  const back = call.op('Where', [isNegative(angle), number(call, -Math.PI), number(call, Math.PI)]);
  return call.op('Where', [isNegative(across), call.op('Sub', [back, angle]), angle]);
}

/** The remainder of a / b with the sign of b. */
export function floorMod(call: Lowering, a: string, b: string): string {
  const rest = call.op('Mod', [a, b], { fmod: int(1) });
  const side = call.op('Mul', [signOf(call, rest, call.outputs[0]!), b]); // < 0: on the other side of 0
  const isAcross = call.op('Less', [side, number(call, 0)]);
  return call.op('Where', [isAcross, call.op('Add', [rest, b]), rest]);
}

/** The same of int32; 0 where b is. In 64 bits, as −2³¹ mod −1 ends the process in 32. */
export function floorModInt32(call: Lowering, a: string, b: string): string {
  const wide = (x: string) => call.op('Cast', [x], { to: int64 });
  const constant = (value: number) => call.constant('int64', [], [value]);
  const divisor = wide(b);
  const safe = call.op('Where', [call.op('Equal', [divisor, constant(0)]), constant(1), divisor]);
  return call.cast(call.op('Mod', [wide(a), safe]), 'int32');
}

/** 1 above 0, `alpha` elsewhere, NaN for NaN. */
export function step(call: Lowering, x: string, alpha: number): string {
  // a quarter of the time of Sign, which knows no vectors
  if (alpha === 0) return call.op('Ceil', [call.op('Clip', [x, number(call, 0), number(call, 1)])]);
  const value = number(call, alpha);
  const elsewhere = call.op('Clip', [x, value, value]); // keeps NaN
  return call.op('Where', [call.op('Greater', [x, number(call, 0)]), number(call, 1), elsewhere]);
}

/** The extremes of float32. */
const LARGEST = 3.4028234663852886e38;
const SMALLEST = 1.401298464324817e-45;
