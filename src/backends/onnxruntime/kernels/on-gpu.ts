/** Operators that WebGPU providers lack: there they are written with others, so that no node of a step runs on the CPU. */
import { elementType } from '../lowering/writer.js';
import { type Lowering } from '../lowering/lowering.js';
import { type Spec } from '../lowering/specs.js';

/** The sum of float32 values that broadcast. */
export function sumOf<A extends object>(call: Lowering<A>, terms: readonly string[]): string {
  if (!call.settings.onWebGPU) return call.op('Sum', terms);
  return terms.reduce((sum, term) => call.op('Add', [sum, term]));
}

/** −1, 0 or 1, of the type of `like`. For NaN it is 0 on a GPU, and NaN on the CPU. */
export function signOf<A extends object>(call: Lowering<A>, x: string, like: Spec): string {
  if (!call.settings.onWebGPU) return call.op('Sign', [x]);
  const zero = call.constant(elementType(like.dtype), [], [0]);
  const is = (op: 'Greater' | 'Less') => call.cast(call.op(op, [x, zero]), like.dtype);
  return call.op('Sub', [is('Greater'), is('Less')]);
}

/** a · b with the last two axes of a or b exchanged. On the CPU it is ONNX Runtime's own operator, which moves nothing for that. */
export function productOfTransposed<A extends object>(
  call: Lowering<A>,
  [a, b]: readonly [string, string],
  transposed: 'a' | 'b',
  rank: number,
): string {
  if (!call.settings.onWebGPU) {
    const attributes = transposed === 'a' ? { transA: { int: 1 } } : { transB: { int: 1 } };
    return call.ops('FusedMatMul', [a, b], attributes, 1, 'com.microsoft')[0]!;
  }
  const swapped = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  const [left, right] =
    transposed === 'a' ? [call.transpose(a, swapped), b] : [a, call.transpose(b, swapped)];
  return call.op('MatMul', [left, right]);
}
