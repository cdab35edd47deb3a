/** Pooling of images [n, h, w, c] and volumes [n, d, h, w, c], and its gradients. */
import { int, type Lowering } from '../lowering/lowering.js';
import { hasShape, type Spec } from '../lowering/specs.js';
import { type Kernel, kernel, type OutputSpec } from './kernel.js';
import {
  type Axis,
  type Geometry,
  geometry,
  isWhole,
  pad,
  repeat,
  scatterWindows,
  shapeOfWindows,
  type WindowAttrs,
  windowAttributes,
} from './windows.js';

interface PoolAttrs extends WindowAttrs {
  filterSize: number[] | number;
}

/** Pooling windows, as those of a convolution. */
function poolGeometry(x: readonly number[], attrs: PoolAttrs): Geometry {
  const { filterSize } = attrs;
  const sizes = typeof filterSize === 'number' ? x.slice(2).map(() => filterSize) : filterSize;
  const channels = attrs.dataFormat?.startsWith('NC') === true ? x[1]! : x[x.length - 1]!;
  return geometry(x, [...sizes, channels, channels], attrs);
}

/** ONNX Runtime refuses windows that lie in the padding altogether. */
const fits = (info: Geometry): boolean =>
  isWhole(info) && info.axes.every(({ before, after, filter }) => before < filter && after < filter);

/** tfjs' own specs have it so: an image whose shape 1 × 1 windows keep stays as it is, whatever stride and padding. */
const isIdentity = ({ axes }: Geometry): boolean =>
  axes.length === 2 && axes.every(({ filter, out, size }) => filter === 1 && out === size);

/** In volumes, tfjs' cpu backend looks at windows in the padding itself. */
const lowers = (info: Geometry): boolean => fits(info) || info.axes.length === 2;

/** By how much the axes of an image are padded first, before all and behind them, where ONNX Runtime would refuse it. */
function explicitPadding(info: Geometry): number[] {
  const { axes } = info;
  if (fits(info)) return [...axes, ...axes].map(() => 0);
  return [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
}

/** The same windows on an image that is padded by `sides` already. */
const onPadded = (axes: readonly Axis[], sides: readonly number[]): Axis[] =>
  axes.map((axis, i) => {
    const [before, after] = [sides[i]!, sides[axes.length + i]!];
    const size = axis.size + before + after;
    return { ...axis, size, before: axis.before - before, after: axis.after - after };
  });

/** What ONNX Runtime takes for the smallest element, and for the maximum of no elements. */
const LOWEST = -3.4028234663852886e38;

/** NaN is no maximum to tfjs. */
function withoutNaN(call: Lowering<PoolAttrs>, x: string): string {
  return call.op('Where', [call.op('IsNaN', [x]), call.constant('float32', [], [-Infinity]), x]);
}

function maximum(call: Lowering<PoolAttrs>, x: string, info: Geometry): string {
  const sides = explicitPadding(info);
  const image = pad(call, withoutNaN(call, x), sides, -Infinity);
  const y = call.op('MaxPool', [image], windowAttributes({ axes: onPadded(info.axes, sides) }));
  const nothing = call.op('Equal', [y, call.constant('float32', [], [LOWEST])]);
  return call.op('Where', [nothing, call.constant('float32', [], [-Infinity]), y]);
}

/** Averages leave padding out; of nothing they are NaN. */
function average(call: Lowering<PoolAttrs>, x: string, info: Geometry): string {
  const sides = explicitPadding(info);
  const axes = onPadded(info.axes, sides);
  const y = call.op('AveragePool', [pad(call, x, sides)], windowAttributes({ axes }));
  if (fits(info)) return y;
  const [down, across] = info.axes.map(shares) as [number[], number[]];
  const factors = down.flatMap((row) => across.map((column) => row * column));
  return call.op('Mul', [y, call.constant('float32', [down.length, across.length], factors)]);
}

/** By how much the average of each window along an axis is too small if padding counts. */
const shares = ({ size, out, filter, stride, before }: Axis): number[] =>
  Array.from({ length: out }, (_, i) => {
    const from = i * stride - before;
    return filter / Math.max(Math.min(from + filter, size) - Math.max(from, 0), 0);
  });

const float32 = (shape: readonly number[]): OutputSpec[] => [{ shape, dtype: 'float32' }];

/** tfjs' gradients ignore how the count of windows was rounded, and use a part of dy. */
const comesFrom = (dy: Spec, { outShape }: Geometry): boolean =>
  dy.dtype === 'float32' && hasShape(dy, outShape);

const pool = (write: typeof maximum): Kernel =>
  kernel<PoolAttrs>({
    inputs: ['x'],
    infer([x], attrs) {
      const info = poolGeometry(x!.shape, attrs);
      const shape = shapeOfWindows(info);
      return x!.dtype === 'float32' && lowers(info) ? float32(shape) : undefined;
    },
    lower(call) {
      const info = poolGeometry(call.inputs[0]!.shape, call.attrs);
      const x = call.input(0, info.layout);
      call.output(isIdentity(info) ? x : write(call, x, info), info.layout);
    },
  });

/** MaxPool tells where in the image each maximum lies; dy is added there. */
const maxPoolGrad = kernel<PoolAttrs>({
  inputs: ['dy', 'input', 'output'],
  infer([dy, x], attrs) {
    const info = poolGeometry(x!.shape, attrs);
    return comesFrom(dy!, info) && x!.dtype === 'float32' && lowers(info) ? float32(x!.shape) : undefined;
  },
  lower(call) {
    const info = poolGeometry(call.inputs[1]!.shape, call.attrs);
    const isVolume = info.axes.length === 3;
    // lastMaxima counts from the end, so that nothing may lie behind the last windows
    const behind = info.axes.map(({ after }) => Math.min(after, 0));
    const sides = isVolume ? [...behind.map(() => 0), ...behind] : explicitPadding(info);
    const axes = onPadded(info.axes, sides);
    const dims = [info.batch, info.inChannels, ...axes.map(({ size }) => size)];
    const size = dims.reduce((a, b) => a * b);

    const x = pad(call, withoutNaN(call, call.input(1, info.layout)), sides, -Infinity);
    const where = isVolume ? lastMaxima(call, x, dims, axes) : firstMaxima(call, x, axes, size);
    const dy = call.op('Reshape', [call.input(0, info.layout), call.int64s([-1])]);
    const zeros = call.op('Expand', [call.scalar(0, call.outputs[0]!), call.int64s([size + 1])]);
    const given = call.op('ScatterElements', [zeros, where, dy], {
      reduction: { string: 'add' },
      axis: int(0),
    });
    const dx = call.op('Slice', [given, call.int64s([0]), call.int64s([size])]);
    const back = sides.map((side) => -side);
    call.output(pad(call, call.reshape(dx, dims), back), info.layout);
  },
});

/** Where maxima lie among the `size` elements of `x`, as a list: the first of equal ones; `size` for that of nothing. */
function firstMaxima(call: Lowering<PoolAttrs>, x: string, axes: readonly Axis[], size: number): string {
  const [y, where] = call.ops('MaxPool', [x], windowAttributes({ axes }), 2);
  const nothing = call.op('LessOrEqual', [y!, call.constant('float32', [], [LOWEST])]);
  const found = call.op('Where', [nothing, call.constant('int64', [], [size]), where!]);
  return call.op('Reshape', [found, call.int64s([-1])]);
}

/** The last of equal ones, as tfjs has it in volumes: the first seen from the other end. */
function lastMaxima(call: Lowering<PoolAttrs>, x: string, dims: number[], axes: readonly Axis[]): string {
  const size = dims.reduce((a, b) => a * b);
  const reversed = (list: string): string =>
    call.op('Slice', [list, ...[-1, -size - 1, 0, -1].map((value) => call.int64s([value]))]);
  const flat = reversed(call.op('Reshape', [x, call.int64s([-1])]));
  const turned = axes.map((axis) => ({ ...axis, before: axis.after, after: axis.before }));
  const [, where] = call.ops('MaxPool', [call.reshape(flat, dims)], windowAttributes({ axes: turned }), 2);
  const fromTheEnd = call.op('Reshape', [where!, call.int64s([-1])]);
  return call.op('Sub', [call.constant('int64', [], [size - 1]), reversed(fromTheEnd)]);
}

const avgPoolGrad = kernel<PoolAttrs>({
  inputs: ['dy', 'input'],
  infer([dy, x], attrs) {
    return comesFrom(dy!, poolGeometry(x!.shape, attrs)) ? float32(x!.shape) : undefined;
  },
  /** tfjs divides by the window's whole size, also where it lies on padding. */
  lower(call) {
    const info = poolGeometry(call.inputs[1]!.shape, call.attrs);
    const { inChannels, axes } = info;
    const filter = axes.map((axis) => axis.filter);
    const share = call.scalar(1 / filter.reduce((a, b) => a * b), call.outputs[0]!);
    const dy = call.input(0, info.layout);
    if (axes.every(({ stride, filter, before, after }) => stride === filter && before === 0 && after <= 0)) {
      const tiles = repeat(call, call.op('Mul', [dy, share]), filter);
      const missed = [...axes.map(() => 0), ...axes.map(({ after }) => -after)];
      call.output(pad(call, tiles, missed), info.layout);
      return;
    }
    const w = call.op('Expand', [share, call.int64s([inChannels, 1, ...filter])]);
    call.output(scatterWindows(call, info, dy, w, inChannels), info.layout);
  },
});

export const poolingKernels: Readonly<Record<string, Kernel>> = {
  MaxPool: pool(maximum),
  AvgPool: pool(average),
  MaxPoolGrad: maxPoolGrad,
  AvgPoolGrad: avgPoolGrad,
  MaxPool3D: pool(maximum),
  AvgPool3D: pool(average),
  MaxPool3DGrad: maxPoolGrad,
  AvgPool3DGrad: avgPoolGrad,
};
