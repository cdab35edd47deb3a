/** A pass that writes convolutions to few channels, such as a generator's last, row of the filter by row. */
import { convolutionByRows, paysByRows } from '../kernels/convolution-by-rows.js';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { geometry, type WindowAttrs } from '../kernels/windows.js';
import { usesWinograd } from '../kernels/winograd.js';
import { type LoweringSettings } from '../lowering/writer.js';

export const convolveByRows = (graph: KernelGraph, settings: LoweringSettings): KernelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (fits(node, settings) ? { ...node, kernel: convolutionByRows } : node)),
});

function fits(node: KernelNode, settings: LoweringSettings): boolean {
  if (!hasSimpleBias(node)) return false;
  const info = geometry(node.inputs[0]!.spec.shape, node.inputs[1]!.spec.shape, node.attrs as WindowAttrs);
  return paysByRows(info) && !usesWinograd(settings, info);
}

/** Whether a node is a convolution of images with a bias for each channel, or none. */
export function hasSimpleBias({ name, inputs }: KernelNode): boolean {
  if (name !== 'Conv2D' && name !== 'FusedConv2D') return false;
  const [, filter, bias, alpha] = inputs;
  const { shape } = bias?.spec ?? { shape: [filter!.spec.shape[3]] };
  return alpha === undefined && shape.length === 1 && shape[0] === filter!.spec.shape[3];
}
