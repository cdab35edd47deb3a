/** How the nodes and values of a graph are connected. */
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';

export interface Links {
  /** By value: the node that computes it. */
  readonly makers: ReadonlyMap<number, KernelNode>;
  /** By value: how often it is an input of a node or an output of the graph. */
  readonly uses: ReadonlyMap<number, number>;
}

export function linksOf({ nodes, outputs }: KernelGraph): Links {
  const makers = new Map<number, KernelNode>();
  const uses = new Map<number, number>();
  const use = (value: number) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of nodes) {
    for (const output of node.outputs) makers.set(output, node);
    for (const input of node.inputs) if (input !== undefined) use(input.value);
  }
  outputs.forEach(use);
  return { makers, uses };
}
