/**
 * A pass that makes one filter gradient of a sum of them. A network that is called twice in a step has two gradients for each
 * filter, which tfjs adds up. With Winograd's algorithm, each of them writes [36, c, o] products, which are read again, transformed and
 * added. Joined, that happens once.
 */
import {
  filterGradientOfCalls,
  type FilterGradientAttrs,
  geometries,
} from '../kernels/filter-gradient-of-calls.js';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { joinsCalls, usesWinogradForFilter } from '../kernels/winograd.js';
import { type GraphInput } from '../lowering/graph.js';
import { linksOf } from './links.js';
import { withoutUnused } from './unused.js';
import { type LoweringSettings } from '../lowering/writer.js';

export function joinFilterGradients(graph: KernelGraph, settings: LoweringSettings): KernelGraph {
  const { makers, uses } = linksOf(graph);
  const joined = new Map<number, KernelNode>();

  /** The filter gradient that an input is, if nothing else needs it. */
  const gradient = ({ value, spec }: GraphInput): KernelNode | undefined => {
    const node = joined.get(value) ?? makers.get(value);
    const isWhole = graph.values[value]!.spec === spec && uses.get(value) === 1;
    return isWhole && node?.name === 'Conv2DBackpropFilter' ? node : undefined;
  };

  const nodes = graph.nodes.map((node) => {
    if (node.name !== 'Add') return node;
    const [a, b] = node.inputs.map((input) => gradient(input!));
    if (a === undefined || b === undefined || JSON.stringify(a.attrs) !== JSON.stringify(b.attrs))
      return node;
    const inputs = [...a.inputs, ...b.inputs] as GraphInput[];
    const calls = geometries(
      inputs.map(({ spec }) => spec),
      a.attrs as FilterGradientAttrs,
    );
    if (!calls.every((info) => usesWinogradForFilter(settings, info)) || !joinsCalls(calls)) return node;
    const sum = { ...a, kernel: filterGradientOfCalls, inputs, outputs: node.outputs };
    joined.set(node.outputs[0]!, sum);
    return sum;
  });
  return withoutUnused({ ...graph, nodes });
}
