/**
 * The order of a model's nodes, which decides the order in which ONNX Runtime runs them. It starts from the nodes that nothing
 * follows, the last one first, and goes from each node to the latest of those that it needs. So the deepest nodes stand last, and
 * the inputs of a node are computed just before it. Nodes that nothing follows stand in reverse order. In the order in which nodes are
 * recorded, all filters would be transformed first and all their gradients computed last, and everything in between would stay
 * in memory.
 */
import { type OnnxNode } from '../../../onnx/index.js';

export function executionOrder(nodes: readonly OnnxNode[]): OnnxNode[] {
  const depths = new Map<string, number>();
  const depthOf = new Map<OnnxNode, number>();
  const followed = new Set<string>();
  for (const node of nodes) {
    const depth = 1 + Math.max(0, ...node.inputs.map((input) => depths.get(input) ?? 0));
    depthOf.set(node, depth);
    for (const output of node.outputs) depths.set(output, depth);
    for (const input of node.inputs) followed.add(input);
  }
  const isLast = ({ outputs }: OnnxNode) => !outputs.some((output) => followed.has(output));
  const byDepth = [...nodes].sort((a, b) => depthOf.get(a)! - depthOf.get(b)!);
  return [...byDepth.filter((node) => !isLast(node)), ...byDepth.filter(isLast).reverse()];
}
