/** Removes unused nodes: those that passes have replaced, and those that only these needed. */
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';

export function withoutUnused(graph: KernelGraph): KernelGraph {
  const needed = new Set(graph.outputs);
  const nodes: KernelNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) if (input !== undefined) needed.add(input.value);
    nodes.push(node);
  }
  return { ...graph, nodes: nodes.reverse() };
}
