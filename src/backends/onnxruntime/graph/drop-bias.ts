/**
 * A pass that leaves out what normalisation takes away again: x + b − mean(x + b) is x − mean(x) where b is the same all
 * along the axes of the mean. So a convolution in front of instance norm adds no bias.
 */
import { util } from '@tensorflow/tfjs-core';
import { type ActivationAttrs } from '../kernels/activation.js';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { type ReductionAttrs } from '../kernels/reduction.js';
import { hasShape } from '../specs.js';
import { type WindowAttrs } from '../kernels/windows.js';
import { type GraphInput } from './graph.js';
import { type Links, linksOf } from './links.js';
import { withoutUnused } from './unused.js';

export function dropBias(graph: KernelGraph): KernelGraph {
  const links = linksOf(graph);
  /** By value of a sum with a bias: what it is without. */
  const without = new Map<number, GraphInput>();
  /** By convolution: itself without its bias. */
  const plain = new Map<KernelNode, KernelNode>();
  for (const node of graph.nodes) {
    const axes = centredAxes(graph, node, links);
    if (axes === undefined) continue;
    const sum = node.inputs[0]!;
    const maker = links.makers.get(sum.value);
    if (maker?.name === 'Add') {
      const [a, b] = maker.inputs as [GraphInput, GraphInput];
      if (isBias(b, a, sum, axes)) without.set(sum.value, a);
      else if (isBias(a, b, sum, axes)) without.set(sum.value, b);
    } else if (maker?.name === 'FusedConv2D' && addsBias(maker, sum, axes)) {
      const [x, filter] = maker.inputs;
      plain.set(maker, { ...maker, inputs: [x, filter, undefined, undefined] });
    }
  }
  const nodes = graph.nodes
    .map((node) => plain.get(node) ?? node)
    .map((node) => ({
      ...node,
      inputs: node.inputs.map((input) => input && (without.get(input.value) ?? input)),
    }));
  return withoutUnused({ ...graph, nodes });
}

/** If `node` is x − mean(x), and neither x nor its mean is used elsewhere: the axes of the mean. */
function centredAxes(
  { values }: KernelGraph,
  { name, inputs: [x, mean] }: KernelNode,
  { makers, uses }: Links,
): number[] | undefined {
  if (name !== 'Sub' || uses.get(x!.value) !== 2 || uses.get(mean!.value) !== 1) return undefined;
  const maker = makers.get(mean!.value);
  if (maker?.name !== 'Mean' || maker.inputs[0]!.value !== x!.value) return undefined;
  const { axis, keepDims } = maker.attrs as ReductionAttrs;
  const reshaped = [x!, mean!, maker.inputs[0]!].some(({ value, spec }) => spec !== values[value]!.spec);
  return keepDims === true && !reshaped ? util.parseAxisParam(axis!, [...x!.spec.shape]) : undefined;
}

/** Whether x + b, which is `sum`, is x but for a number that is the same all along `axes`. */
const isBias = (b: GraphInput, x: GraphInput, sum: GraphInput, axes: readonly number[]): boolean =>
  hasShape(x.spec, sum.spec.shape) && isConstantAlong(b, sum, axes);

function isConstantAlong({ spec }: GraphInput, sum: GraphInput, axes: readonly number[]): boolean {
  const missing = sum.spec.shape.length - spec.shape.length;
  return axes.every((axis) => (spec.shape[axis - missing] ?? 1) === 1);
}

function addsBias({ inputs, attrs }: KernelNode, sum: GraphInput, axes: readonly number[]): boolean {
  const { activation = 'linear', dataFormat = 'NHWC' } = attrs as ActivationAttrs & WindowAttrs;
  const bias = inputs[2];
  return (
    bias !== undefined && activation === 'linear' && dataFormat === 'NHWC' && isConstantAlong(bias, sum, axes)
  );
}
