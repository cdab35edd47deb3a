/** A pass that writes convolutions with few windows, and their input gradients, as products of matrices. */
import { convolutionOfFewWindows, hasFewWindows, inputGradientOfFewWindows } from '../kernels/few-windows.js';
import { type Kernel, type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { geometry, type WindowAttrs } from '../kernels/windows.js';
import { usesWinograd } from '../kernels/winograd.js';
import { hasSimpleBias } from './convolve-by-rows.js';
import { type LoweringSettings } from './writer.js';

export const multiplyWindows = (graph: KernelGraph, settings: LoweringSettings): KernelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) => ({ ...node, kernel: formOf(node, settings) })),
});

function formOf(node: KernelNode, { winograd }: LoweringSettings): Kernel {
  const { name, kernel, inputs } = node;
  const isGradient = name === 'Conv2DBackpropInput';
  if (!isGradient && !hasSimpleBias(node)) return kernel;
  const { inputShape, ...attrs } = node.attrs as WindowAttrs & { inputShape?: number[] };
  const info = geometry(isGradient ? inputShape! : inputs[0]!.spec.shape, inputs[1]!.spec.shape, attrs);
  if (!hasFewWindows(info) || usesWinograd(winograd, info)) return kernel;
  return isGradient ? inputGradientOfFewWindows : convolutionOfFewWindows;
}
