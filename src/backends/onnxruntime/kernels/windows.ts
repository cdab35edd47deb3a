/**
 * Where the windows of a convolution or a pooling lie on an image [n, h, w, c] or a volume [n, d, h, w, c], in
 * tfjs' terms and in ONNX'.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../../core/errors.js';
import { type BorderMode } from '../../../core/own-kernels.js';
import { ints, type Lowering } from '../lowering/lowering.js';
import { type Layout } from '../lowering/writer.js';
import { type Spec } from '../lowering/specs.js';
import { padShape, shownBy } from './padding.js';

export interface WindowAttrs {
  strides: number[] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat?: keyof typeof formats;
  dilations?: number[] | number | null;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /**
   * A border that the image is padded with first; then the image that goes in, or `inputShape`, is the inside. Only
   * passes/fold-padding.ts sets it, and only for Winograd's algorithm.
   */
  border?: Border;
}

/** A padding with what lies inside of it. */
export interface Border {
  readonly mode: BorderMode;
  /** Before and after, along each axis of the image. */
  readonly paddings: readonly (readonly [number, number])[];
}

/** The windows along one axis. */
export interface Axis {
  /** Of the image, its border included. */
  readonly size: number;
  /** Count of windows. */
  readonly out: number;
  /** Elements of a window. */
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** How far the first window begins before the image; below 0 where it begins inside. */
  readonly before: number;
  /** How far the last window ends behind the image; below 0 where windows miss its end. */
  readonly after: number;
  /** If the image has a border: how many elements lie inside, and which of them each of `size` elements shows. */
  readonly border?: { readonly inside: number; readonly shows: readonly number[] };
}

export interface Geometry {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Of the output, in tfjs' order. */
  readonly outShape: readonly number[];
  /** Rows and columns, or depth, rows and columns. */
  readonly axes: readonly Axis[];
  /** The layout in which the images are channels first, as ONNX wants them. */
  readonly layout: Layout;
}

/**
 * @param x shape of the image or volume, without the border if `attrs` has one
 * @param filter [kh, kw, c, o] or [kd, kh, kw, c, o]; with `depthwise`, channels out per channel in for o
 */
export function geometry(
  x: readonly number[],
  filter: readonly number[],
  { border, ...attrs }: WindowAttrs,
  depthwise = false,
): Geometry {
  if (border !== undefined) return bordered(geometry(padShape(x, border.paddings), filter, attrs), x, border);
  const { pad, dimRoundingMode, dataFormat = 'NHWC' } = attrs;
  const format = formats[dataFormat];
  const strides = attrs.strides as number;
  const dilations = (attrs.dilations ?? 1) as number;
  const { computeConv2DInfo, computeConv3DInfo } = backend_util;
  const sides: readonly Side[] = x.length === 5 ? ['Depth', 'Height', 'Width'] : ['Height', 'Width'];
  const info = (
    x.length === 5
      ? computeConv3DInfo(
          x as Shape5,
          filter as Shape5,
          strides,
          dilations,
          pad as 'valid',
          depthwise,
          format,
          dimRoundingMode,
        )
      : computeConv2DInfo(
          x as Shape4,
          filter as Shape4,
          strides,
          dilations,
          pad,
          dimRoundingMode,
          depthwise,
          format,
        )
  ) as backend_util.Conv3DInfo;
  const { batchSize: batch, inChannels, outChannels, outShape } = info;
  const axes = sides.map((side) => axisOf(info, side));
  return {
    batch,
    inChannels,
    outChannels,
    outShape,
    axes,
    layout: format === 'channelsLast' ? 'channels first' : 'plain',
  };
}

/** The shape of what windows give. Where they are larger than the image, tfjs' own backends make tensors of negative sizes. */
export function shapeOfWindows({ axes, outShape }: Geometry): readonly number[] {
  if (axes.every(({ out }) => out >= 0)) return outShape;
  const by = (sizes: number[]): string => sizes.join('×');
  const windows = by(axes.map(({ filter, dilation }) => (filter - 1) * dilation + 1));
  throw new CycleGANError(
    'INVALID_SHAPE',
    `onnxruntime backend: windows of ${windows} elements are larger than an image of ` +
      `${by(axes.map(({ size }) => size))} with its padding. Use a smaller filter or dilation, or pad the image.`,
  );
}

/** Of a convolution with these inputs and attributes, or of its gradient with respect to the image. */
export const geometryOfCall = (
  [x, filter]: readonly (Spec | undefined)[],
  { inputShape, ...attrs }: WindowAttrs & { inputShape?: number[] },
): Geometry => geometry(inputShape ?? x!.shape, filter!.shape, attrs);

/** `info`, of an image of shape `x` with a border, with what the border shows. */
function bordered(info: Geometry, x: readonly number[], { mode, paddings }: Border): Geometry {
  const axes = info.axes.map((axis, i) => {
    const inside = x[i + 1]!;
    return { ...axis, border: { inside, shows: shownBy(inside, paddings[i + 1]!, mode) } };
  });
  return { ...info, axes };
}

const formats = {
  NHWC: 'channelsLast',
  NDHWC: 'channelsLast',
  NCHW: 'channelsFirst',
  NCDHW: 'channelsFirst',
} as const;

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];
type Side = 'Depth' | 'Height' | 'Width';

const firstPad = { Depth: 'front', Height: 'top', Width: 'left' } as const;

/** tfjs rounds the count of windows in several ways, so how far the last one reaches follows from its position. */
function axisOf(info: backend_util.Conv3DInfo, side: Side): Axis {
  const size = info[`in${side}`];
  const out = info[`out${side}`];
  const filter = info[`filter${side}`];
  const stride = info[`stride${side}`];
  const dilation = info[`dilation${side}`];
  const before = info.padInfo[firstPad[side]];
  const after = (out - 1) * stride + (filter - 1) * dilation + 1 - size - before;
  return { size, out, filter, stride, dilation, before, after };
}

/** Whether each window is one element, and all elements are seen in order. */
export const isPoint = ({ size, out, filter, before, after }: Axis): boolean =>
  filter === 1 && out === size && before === 0 && after === 0;

/** The attributes that ONNX' operators on windows have in common. */
export const windowAttributes = ({ axes }: Pick<Geometry, 'axes'>) => ({
  kernel_shape: ints(axes.map(({ filter }) => filter)),
  strides: ints(axes.map(({ stride }) => stride)),
  dilations: ints(axes.map(({ dilation }) => dilation)),
  pads: ints(padding(axes)),
});

/** ONNX' order of paddings: those before all axes, then those behind them. */
const padding = (axes: readonly Axis[]): number[] => [
  ...axes.map(({ before }) => Math.max(before, 0)),
  ...axes.map(({ after }) => Math.max(after, 0)),
];

/** How many elements ONNX must not see at either end of an axis, as it would put another window there. */
const surplus = (axes: readonly Axis[]): number[] => [
  ...axes.map(({ before }) => Math.max(-before, 0)),
  ...axes.map(({ after, stride }) => (after <= -stride ? -after : 0)),
];

/** Whether ONNX sees the same windows on the whole image. */
export const isWhole = ({ axes }: Geometry): boolean => surplus(axes).every((cut) => cut === 0);

/** The part of `x`, channels first, on which ONNX sees the same windows; nearly always all of it. */
export function inWindows<A extends object>(
  call: Lowering<A>,
  x: string,
  { axes }: Pick<Geometry, 'axes'>,
): string {
  return pad(
    call,
    x,
    surplus(axes).map((size) => -size),
  );
}

/**
 * Pads the spatial axes of `x`, channels first, with one value, by `sizes` before all axes and behind them; cuts off where
 * a size is below 0.
 */
export function pad<A extends object>(
  call: Lowering<A>,
  x: string,
  sizes: readonly number[],
  value = 0,
): string {
  if (sizes.every((size) => size === 0)) return x;
  const half = sizes.length / 2;
  const pads = call.int64s([0, 0, ...sizes.slice(0, half), 0, 0, ...sizes.slice(half)]);
  return call.op('Pad', [x, pads, ...(value === 0 ? [] : [call.constant('float32', [], [value])])]);
}

/**
 * ConvTranspose: scatters what the windows of `info` gather. `dy` is channels first, `w` is [channels of dy,
 * channels of dx / groups, ...kernel]. Gives dx, channels first.
 */
export function scatterWindows<A extends object>(
  call: Lowering<A>,
  info: Geometry,
  dy: string,
  w: string,
  groups = 1,
): string {
  const { axes, batch, inChannels } = info;
  const missed = [
    ...axes.map(({ before }) => Math.max(-before, 0)),
    ...axes.map(({ after }) => Math.max(-after, 0)),
  ];
  const isSeen = axes.every(({ size }, i) => missed[i]! + missed[axes.length + i]! < size);
  if (!isSeen) {
    const shape = call.int64s([batch, inChannels, ...axes.map(({ size }) => size)]);
    return call.op('Expand', [call.constant('float32', [], [0]), shape]);
  }
  const dx = call.op('ConvTranspose', [dy, w], { ...windowAttributes(info), group: { int: groups } });
  return pad(call, dx, missed);
}

/** Repeats every element of `x`, channels first, along each spatial axis (nearest neighbours). */
export function repeat<A extends object>(call: Lowering<A>, x: string, factors: readonly number[]): string {
  const scales = call.constant('float32', [factors.length + 2], [1, 1, ...factors]);
  return call.op('Resize', [x, '', scales], {
    mode: { string: 'nearest' },
    nearest_mode: { string: 'floor' },
    coordinate_transformation_mode: { string: 'asymmetric' },
  });
}
