/** A pass that writes transposed convolutions with stride, and gradients of convolutions with stride, phase by phase. */
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { convolutionGradientByPhases, paysByPhases } from '../kernels/phases.js';
import { geometryOfCall, type WindowAttrs } from '../kernels/windows.js';

export const splitPhases = (graph: KernelGraph): KernelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (fits(node) ? { ...node, kernel: convolutionGradientByPhases } : node)),
});

function fits({ name, inputs, attrs }: KernelNode): boolean {
  if (name !== 'Conv2DBackpropInput') return false;
  return paysByPhases(
    geometryOfCall(
      inputs.map((input) => input?.spec),
      attrs as WindowAttrs,
    ),
  );
}
