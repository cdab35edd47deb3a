/**
 * A pass that slices before a bias is added: a slice of x + b becomes the slice of x, plus b, if b is constant along the axes that
 * are cut. Elements that are cut off get no bias, and a transposed convolution stands next to the slice that crops its output, so
 * that foldPadding can join the two.
 */
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { type SliceAttrs, slicing } from '../kernels/slicing.js';
import { type GraphInput, type GraphValue } from '../lowering/graph.js';
import { linksOf } from './links.js';
import { withoutUnused } from './unused.js';

export function sliceEarly(graph: KernelGraph): KernelGraph {
  const { makers, uses } = linksOf(graph);

  const values: GraphValue[] = [...graph.values];
  const nodes = graph.nodes.flatMap((node) => {
    const [whole] = node.inputs;
    const add = node.name === 'Slice' ? makers.get(whole!.value) : undefined;
    if (add?.name !== 'Add' || uses.get(whole!.value) !== 1) return [node];
    const x = add.inputs.find((_, i) => fits(node, add.inputs[i]!, add.inputs[1 - i]!));
    if (x === undefined) return [node];
    const { spec } = values[node.outputs[0]!]!;
    const cut: GraphInput = { value: values.length, spec };
    values.push({ spec, source: { from: 'node' } });
    return [
      { ...node, inputs: [x], outputs: [cut.value] },
      { ...add, inputs: add.inputs.map((input) => (input === x ? cut : input)), outputs: node.outputs },
    ];
  });
  return withoutUnused({ ...graph, values, nodes });
}

/** Whether `slice` can cut `x` alone, of what `x` and `b` add up to. */
function fits({ inputs, attrs }: KernelNode, x: GraphInput, b: GraphInput): boolean {
  const { shape } = inputs[0]!.spec;
  if (x.spec.shape.join() !== shape.join()) return false;
  const [, sizes] = slicing(shape, attrs as SliceAttrs);
  const missing = shape.length - b.spec.shape.length;
  if (missing < 0) return false;
  return sizes.every((size, axis) => size === shape[axis] || (b.spec.shape[axis - missing] ?? 1) === 1);
}
