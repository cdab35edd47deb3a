/**
 * A pass that removes arithmetic that changes nothing: x · 1, x + 0, x − 0, x / 1. tfjs' gradients have a lot of it
 * (a mean's gradient multiplies with a tensor of ones as large as the mean's input).
 */
import { expand } from '../kernels/expand.js';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { type GraphInput } from '../lowering/graph.js';

/** The neutral element: on either side, or on the right only. */
const neutral: Readonly<Record<string, { value: 0 | 1; left: boolean }>> = {
  Multiply: { value: 1, left: true },
  Add: { value: 0, left: true },
  Sub: { value: 0, left: false },
  RealDiv: { value: 1, left: false },
};

export function simplify(graph: KernelGraph): KernelGraph {
  /** By value: the value of the same elements that stands for it. */
  const replaced = new Map<number, number>();
  const current = (value: number): number => replaced.get(value) ?? value;
  const nodes: KernelNode[] = [];
  for (const old of graph.nodes) {
    const inputs = old.inputs.map((input) => input && { ...input, value: current(input.value) });
    const node = { ...old, inputs };
    const kept = whatStays(graph, node);
    const output = graph.values[node.outputs[0]!]!.spec;
    if (kept === undefined || kept.spec.dtype !== output.dtype) nodes.push(node);
    else if (kept.spec.size === output.size) replaced.set(node.outputs[0]!, kept.value);
    else nodes.push({ ...node, kernel: expand, attrs: {}, inputs: [kept] });
  }
  return { ...graph, nodes, outputs: graph.outputs.map(current) };
}

/** The input that `node` returns unchanged, except for broadcasting. */
function whatStays(graph: KernelGraph, { name, inputs }: KernelNode): GraphInput | undefined {
  const rule = neutral[name];
  if (rule === undefined) return undefined;
  const [a, b] = inputs as [GraphInput, GraphInput];
  const isNeutral = ({ value }: GraphInput) => {
    const { source } = graph.values[value]!;
    return source.from === 'fill' && source.value === rule.value;
  };
  if (isNeutral(b)) return a;
  return rule.left && isNeutral(a) ? b : undefined;
}
