/**
 * Convolutions in float16, if the option `precision` says so: operands are rounded to float16, and the result is float32 again. This
 * holds for convolutions and their input gradients, which are sums over taps and channels. Gradients of filters are sums over all
 * pixels and stay float32: WebGPU providers add up in float16, where a long sum loses small terms.
 */
import { type Lowering } from '../lowering/lowering.js';

/** Writes a convolution of operands of either type. */
type Write = (operands: readonly string[]) => string;

/** A convolution of float32 operands. Elements above 65,504 become infinite. */
export function convolutionOf<A extends object>(
  call: Lowering<A>,
  operands: readonly string[],
  write: Write,
): string {
  if (call.settings.precision === 'float32') return write(operands);
  const rounded = operands.map((x) => call.once(`float16 ${x}`, () => call.cast(x, 'float16')));
  return call.cast(write(rounded), 'float32');
}

/**
 * The input gradient of a convolution, or a transposed convolution, of dy (channels first) and the filter. Gradients can be
 * smaller than 6e-8, the smallest float16, so dy is divided by its largest absolute value, and the result is multiplied by it.
 */
export function inputGradientOf<A extends object>(
  call: Lowering<A>,
  [dy, filter]: readonly [dy: string, filter: string],
  write: Write,
): string {
  if (call.settings.precision === 'float32') return write([dy, filter]);
  const spatial = Array.from({ length: call.outputs[0]!.shape.length - 2 }, (_, i) => i + 2);
  const largestAlong = (x: string, axes: readonly number[]) =>
    call.op('ReduceMax', [x, call.int64s(axes)], { keepdims: { int: 0 } });
  const largest = call.once(`largest of ${dy}`, () => {
    const ofChannels = largestAlong(call.op('Abs', [dy]), spatial); // in one step, one workgroup of a GPU would read all of dy
    const tiny = call.constant('float32', [], [1e-30]); // all of dy may be 0
    return call.op('Add', [largestAlong(ofChannels, [0, 1]), tiny]);
  });
  const unit = call.once(`unit of ${dy}`, () => call.op('Div', [dy, largest]));
  return call.op('Mul', [convolutionOf(call, [unit, filter], write), largest]);
}
