/** A pass that writes convolutions with few windows, and their input gradients, as products of matrices. */
import { convolutionOfFewWindows, hasFewWindows, inputGradientOfFewWindows } from '../kernels/few-windows.js';
import { type Kernel, type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { geometryOfCall, type WindowAttrs } from '../kernels/windows.js';
import { usesWinograd } from '../kernels/winograd.js';
import { hasSimpleBias } from './convolve-by-rows.js';
import { type LoweringSettings } from '../lowering/writer.js';

export const multiplyWindows = (graph: KernelGraph, settings: LoweringSettings): KernelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) => ({ ...node, kernel: kernelFor(node, settings) })),
});

function kernelFor(node: KernelNode, settings: LoweringSettings): Kernel {
  const { name, kernel, inputs, attrs } = node;
  const isGradient = name === 'Conv2DBackpropInput';
  if (!isGradient && !hasSimpleBias(node)) return kernel;
  const info = geometryOfCall(
    inputs.map((input) => input?.spec),
    attrs as WindowAttrs,
  );
  if (!hasFewWindows(info) || usesWinograd(settings, info)) return kernel;
  return isGradient ? inputGradientOfFewWindows : convolutionOfFewWindows;
}
