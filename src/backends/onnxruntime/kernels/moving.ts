/** Helpers for kernels that move elements and keep the layout of their images. */
import { type Lowering } from '../lowering/lowering.js';
import { type Layout, permutation } from '../lowering/writer.js';

/**
 * The layout in which the inputs (all, by default) come: channels first if some exist in that only, and none as
 * plain only. What is fed or filled is in neither yet.
 */
export function comingLayout<A extends object>(
  call: Lowering<A>,
  inputs: readonly number[] = call.inputs.map((_, i) => i),
): Layout {
  const someOnly = (layout: Layout, other: Layout): boolean =>
    inputs.some((i) => call.has(i, layout) && !call.has(i, other));
  return someOnly('channels first', 'plain') && !someOnly('plain', 'channels first')
    ? 'channels first'
    : 'plain';
}

/** A list by axes (sizes, paddings, …) in the order that the axes have in `layout`. */
export const inLayout = <T>(byAxis: readonly T[], layout: Layout): T[] =>
  layout === 'plain' ? [...byAxis] : permutation(byAxis.length, layout).map((axis) => byAxis[axis]!);

/** Which axis of `layout` a plain axis is. */
export const axisInLayout = (axis: number, rank: number, layout: Layout): number =>
  layout === 'plain' ? axis : permutation(rank, layout).indexOf(axis);

/** For slices that go backwards: before the first element. What -1 means to ONNX is the last. */
export const BEFORE_ALL = -(2 ** 40);
