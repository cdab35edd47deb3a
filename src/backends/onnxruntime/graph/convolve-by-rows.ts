/** A pass that writes convolutions to few channels, such as a generator's last, row of the filter by row. */
import { convolutionByRows, paysByRows } from '../kernels/convolution-by-rows.js';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { geometry, type WindowAttrs } from '../kernels/windows.js';
import { usesWinograd } from '../kernels/winograd.js';
import { type LoweringSettings } from './writer.js';

export const convolveByRows = (graph: KernelGraph, settings: LoweringSettings): KernelGraph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (fits(node, settings) ? { ...node, kernel: convolutionByRows } : node)),
});

function fits({ name, inputs, attrs }: KernelNode, { winograd }: LoweringSettings): boolean {
  if (name !== 'Conv2D' && name !== 'FusedConv2D') return false;
  const [x, filter, bias, alpha] = inputs;
  const info = geometry(x!.spec.shape, filter!.spec.shape, attrs as WindowAttrs);
  const { shape } = bias?.spec ?? { shape: [] };
  const simple =
    alpha === undefined && (bias === undefined || (shape.length === 1 && shape[0] === info.outChannels));
  return simple && paysByRows(info) && !usesWinograd(winograd, info);
}
