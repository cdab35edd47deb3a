/**
 * Helpers for kernels that compute each element from the elements at the same position. They keep the layout of their images, so
 * everything between two convolutions stays channels first.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { type Lowering } from '../lowering/lowering.js';
import { type Layout } from '../lowering/writer.js';
import { type Spec } from '../lowering/specs.js';

/** The shape that all inputs broadcast to. Throws tfjs' own error if there is none. */
export const broadcastShape = (specs: readonly Spec[]): number[] =>
  specs.map(({ shape }) => [...shape]).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));

/** The layout that most inputs have: channels first if an input of the output's shape exists only in that layout. */
export function layoutOf<A extends object>(call: Lowering<A>): Layout {
  const { shape, size } = call.outputs[0]!;
  if (shape.length < 3) return 'plain';
  const whole = (call.inputs as readonly (Spec | undefined)[])
    .map((spec, i) => ({ spec, i }))
    .filter(({ spec }) => spec?.size === size && spec.shape.length === shape.length);
  if (whole.some(({ i }) => call.has(i, 'plain'))) {
    return whole.every(({ i }) => call.has(i, 'channels first')) ? 'channels first' : 'plain';
  }
  return whole.some(({ i }) => call.has(i, 'channels first')) ? 'channels first' : 'plain';
}

/**
 * Writes an elementwise kernel: `write` gets the names of the inputs ('' for one that is left out) and returns that
 * of the result.
 */
export function elementwise<A extends object>(
  call: Lowering<A>,
  write: (...inputs: string[]) => string,
): void {
  const { shape } = call.outputs[0]!;
  const inputs = call.inputs as readonly (Spec | undefined)[];
  // A filled value is written as a scalar. If no other input has the output's shape or rank, the shape would be lost.
  const solid = inputs.filter((spec, i): spec is Spec => spec !== undefined && !call.isFilled(i));
  if (solid.length === 0 || broadcastShape(solid).join() !== shape.join()) {
    call.output(write(...inputs.map((spec, i) => (spec === undefined ? '' : call.input(i)))));
    return;
  }
  const layout = layoutOf(call);
  const names = inputs.map((spec, i) => (spec === undefined ? '' : call.broadcast(i, shape.length, layout)));
  call.output(write(...names), layout);
}
