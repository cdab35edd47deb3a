/**
 * A pass that folds padding into the convolution behind it, and its gradient into the convolution's:
 *
 *     PadV2 with zeros → Conv2D, Conv2DBackpropFilter      the convolution's own padding
 *     Conv2DBackpropInput → Slice                          the same
 *     MirrorPad, ReplicatePad → the same two               into the matrices of Winograd's algorithm, if it is used
 *     Conv2DBackpropInput → BorderPadGrad                  the same
 *
 * The padded image and its gradient are then written only if something else needs them. The sum of a padded gradient, the gradient
 * of a bias, is the sum of the gradient without padding.
 */
import { util } from '@tensorflow/tfjs-core';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { type PadAttrs } from '../kernels/padding.js';
import { type SliceAttrs, slicing } from '../kernels/slicing.js';
import { type Border, type Geometry, geometry, type WindowAttrs } from '../kernels/windows.js';
import { usesWinograd, usesWinogradForFilter } from '../kernels/winograd.js';
import { type Spec } from '../lowering/specs.js';
import { type GraphInput } from '../lowering/graph.js';
import { linksOf } from './links.js';
import { withoutUnused } from './unused.js';
import { type LoweringSettings } from '../lowering/writer.js';

/** An image's padding: with zeros, or with what lies inside. */
type Padding = Omit<Border, 'mode'> & { readonly mode: Border['mode'] | 'zeros' };
type Sides = readonly [before: number, after: number];

export function foldPadding(graph: KernelGraph, settings: LoweringSettings): KernelGraph {
  const { makers, uses } = linksOf(graph);

  /** The node that computes an input, if the input has the shape of that node's output. */
  const maker = ({ value, spec }: GraphInput): KernelNode | undefined =>
    graph.values[value]!.spec === spec ? makers.get(value) : undefined;

  const nodes = graph.nodes.map((node) => {
    const [first, ...others] = node.inputs as [GraphInput?, ...GraphInput[]];
    const before = first && maker(first);
    if (before === undefined) return node;
    const padding = paddingOf(before);
    if (padding !== undefined) {
      if (node.name === 'Conv2DBackpropInput') return node; // here dy is padded
      const inputs = [before.inputs[0]!, ...others];
      const attrs = isSum(node, padding) ? node.attrs : padded(node, padding, settings);
      return attrs === undefined ? node : { ...node, attrs, inputs };
    }
    if (before.name !== 'Conv2DBackpropInput' || uses.get(first!.value)! > 1) return node;
    const folded = foldOf(node, first!.spec);
    const attrs = folded && padded(before, folded, settings);
    if (attrs === undefined) return node;
    const inputShape = graph.values[node.outputs[0]!]!.spec.shape;
    return { ...before, attrs: { ...attrs, inputShape }, outputs: node.outputs };
  });
  return withoutUnused({ ...graph, nodes });
}

const borders: Readonly<Record<string, (attrs: never) => Padding['mode'] | undefined>> = {
  PadV2: ({ constantValue }: { constantValue: number }) => (constantValue === 0 ? 'zeros' : undefined),
  MirrorPad: ({ mode }: { mode: Border['mode'] }) => mode,
  ReplicatePad: () => 'replicate',
};

/** How `node` pads images, if it does. */
function paddingOf({ name, attrs, inputs }: KernelNode): Padding | undefined {
  const mode = borders[name]?.(attrs as never);
  return mode && ofImages(mode, (attrs as PadAttrs).paddings, inputs[0]!.spec);
}

/** The padding whose gradient `node` is, of images of which `dy` are padded ones. */
function foldOf({ name, attrs }: KernelNode, dy: Spec): Padding | undefined {
  if (name === 'BorderPadGrad') {
    const { mode, paddings } = attrs as Border;
    return ofImages(mode, paddings, dy);
  }
  if (name !== 'Slice') return undefined;
  const [begin, size] = slicing(dy.shape, attrs as SliceAttrs);
  const cut = begin.map((from, i): Sides => [from, dy.shape[i]! - from - size[i]!]);
  return ofImages('zeros', cut, dy);
}

/** Undefined for padding that is not along the rows and columns of images [n, h, w, c] only. */
function ofImages(mode: Padding['mode'], paddings: readonly Sides[], { shape }: Spec): Padding | undefined {
  const others = [0, 3].map((axis) => paddings[axis]);
  return shape.length === 4 && others.every((sides) => sides![0] === 0 && sides![1] === 0)
    ? { mode, paddings }
    : undefined;
}

/** Attributes of a convolution, or of one of its gradients, with this padding folded in; undefined if that is impossible. */
function padded(
  node: KernelNode,
  { mode, paddings }: Padding,
  settings: LoweringSettings,
): object | undefined {
  const shapes = shapesOf(node, paddings);
  const attrs = node.attrs as WindowAttrs;
  if (shapes === undefined || (attrs.dataFormat ?? 'NHWC') !== 'NHWC') return undefined;
  const info = geometry(shapes.padded, shapes.filter, attrs);
  if (mode !== 'zeros') {
    const isUsed = node.name === 'Conv2DBackpropFilter' ? usesWinogradForFilter : usesWinograd;
    return isUsed(settings, info) ? { ...attrs, border: { mode, paddings } } : undefined;
  }
  const sides = info.axes.map(({ before, after }, i) => {
    const [from, to] = paddings[i + 1]!;
    return [before + from, Math.max(after + to, 0)];
  });
  const explicit = { ...attrs, pad: [[0, 0], ...sides, [0, 0]] as WindowAttrs['pad'] };
  return sees(info, geometry(shapes.inside, shapes.filter, explicit), paddings) ? explicit : undefined;
}

/** Whether windows of `folded` lie on the inside as those of `info` lie on the padded image. */
const sees = (info: Geometry, folded: Geometry, paddings: readonly Sides[]): boolean =>
  folded.axes.every(({ out, before, after }, i) => {
    const axis = info.axes[i]!;
    const [from, to] = paddings[i + 1]!;
    return out === axis.out && before === axis.before + from && after === axis.after + to;
  });

/** Shapes of a convolution's filter and image, with the border and without. */
function shapesOf({ name, attrs, inputs }: KernelNode, paddings: readonly Sides[]) {
  const { filterShape, inputShape } = attrs as { filterShape: number[]; inputShape: number[] };
  const [first, second] = inputs.map((input) => input?.spec.shape);
  const shapes = {
    Conv2D: { padded: first!, filter: second! },
    FusedConv2D: { padded: first!, filter: second! },
    Conv2DBackpropFilter: { padded: first!, filter: filterShape },
    Conv2DBackpropInput: { padded: inputShape, filter: second! },
  }[name];
  if (shapes === undefined) return undefined;
  return { ...shapes, inside: shapes.padded.map((size, i) => size - paddings[i]![0] - paddings[i]![1]) };
}

/** Whether `node` adds up zeros of this padding, along all axes that have some. */
function isSum({ name, attrs, inputs }: KernelNode, { mode, paddings }: Padding): boolean {
  if (name !== 'Sum' || mode !== 'zeros') return false;
  const axes = util.parseAxisParam((attrs as { axis: number | number[] }).axis, [...inputs[0]!.spec.shape]);
  return paddings.every((sides, axis) => (sides[0] === 0 && sides[1] === 0) || axes.includes(axis));
}
