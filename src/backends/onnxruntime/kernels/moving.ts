/** Helpers for kernels that move elements: they take pictures in the layout in which they come. */
import { type Lowering } from '../graph/lowering.js';
import { type Layout, permutation } from '../graph/writer.js';

/** Channels first if input `i` (all inputs, by default) exists in that layout only. */
export function comingLayout<A extends object>(call: Lowering<A>): Layout {
  const inputs = call.inputs.map((_, i) => i);
  const onlyChannelsFirst = (i: number): boolean =>
    call.inputs[i]!.shape.length >= 3 && call.has(i, 'channels first') && !call.has(i, 'plain');
  return inputs.every(onlyChannelsFirst) ? 'channels first' : 'plain';
}

/** A list by axes (sizes, paddings, …) in the order that the axes have in `layout`. */
export const inLayout = <T>(byAxis: readonly T[], layout: Layout): T[] =>
  layout === 'plain' ? [...byAxis] : permutation(byAxis.length, layout).map((axis) => byAxis[axis]!);

/** Which axis of `layout` a plain axis is. */
export const axisInLayout = (axis: number, rank: number, layout: Layout): number =>
  layout === 'plain' ? axis : permutation(rank, layout).indexOf(axis);
