/**
 * Gradient of a convolution's filter: for each tap of the filter, what lay under it in all windows, against what
 * came out of those windows. That is a matrix product. Of several algorithms the cheapest is used.
 */
import { type Lowering } from '../lowering/lowering.js';
import { heuristics } from './heuristics.js';
import { type Axis, type Geometry, isPoint } from './windows.js';

const rule = heuristics.filterGradient;

/** A matrix for Gemm. */
interface Matrix {
  readonly name: string;
  readonly transposed: 0 | 1;
}

/** Inputs x and dy of `call` to the gradient of the filter, [taps, c, o] in any shape. */
export function filterGradient<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { axes, inChannels, outChannels } = info;
  const windows = elements(axes, 'out') * elements(axes, 'filter') * info.batch;
  if (axes.every(isPoint)) return gemm(call, pixels(call, info, 0), pixels(call, info, 1));
  const outward =
    axes.every(({ stride }) => stride === 1) && outChannels < Math.min(rule.fewColumns, inChannels);
  const outwardWindows = elements(axes, 'size') * elements(axes, 'filter') * info.batch;
  if (outward && outwardWindows * outChannels <= rule.mostLaidOutOfDy) return fromWindowsOfDy(call, info);
  return windows * inChannels <= rule.mostLaidOut ? fromWindows(call, info) : fromRowsOfWindows(call, info);
}

/** [windows, taps · c]ᵀ · [windows, o] (im2col). */
function fromWindows<A extends object>(call: Lowering<A>, info: Geometry): string {
  return gemm(call, { name: windowRows(call, info, 0), transposed: 0 }, pixels(call, info, 1));
}

/** Every window of the image that is input `i` as a row: [n · windows, taps · c]. */
export function windowRows<A extends object>(call: Lowering<A>, info: Geometry, i: number): string {
  const x = channelsLast(call, info, i);
  const write = () => windowsAsRows(call, info, x, info.inChannels).name;
  return call.once(`windows of ${x} ${JSON.stringify(info.axes)}`, write);
}

/** [pixels, c]ᵀ · [pixels, taps · o], where dy has fewer channels than x: the windows through which a pixel was seen. */
function fromWindowsOfDy<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { axes, inChannels, outChannels } = info;
  const seen = axes.map(({ size, out, filter, stride, dilation, before }): Axis => {
    const first = (filter - 1) * dilation - before;
    return { size: out, out: size, filter, stride, dilation, before: first, after: size - out + before };
  });
  const rows = windowsAsRows(call, { ...info, axes: seen }, channelsLast(call, info, 1), outChannels, true);
  const taps = elements(axes, 'filter');
  const product = call.reshape(gemm(call, pixels(call, info, 0), rows), [inChannels, taps, outChannels]);
  return call.transpose(product, [1, 0, 2]);
}

/**
 * The same as `fromWindows` in less memory: windows are laid out along the last axis only, and each tap along the others has
 * a product of its own.
 */
function fromRowsOfWindows<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { axes, batch, inChannels } = info;
  const [outer, last] = [axes.slice(0, -1), axes[axes.length - 1]!];
  const x = padded(call, axes, channelsLast(call, info, 0));
  const along = places(last.out, last.stride, start(last)).flatMap((at) =>
    places(last.filter, last.dilation).map((tap) => at + tap),
  );
  const index = call.constant('int32', [along.length], along);
  const laidOut = call.reshape(call.op('Gather', [x, index], { axis: { int: axes.length } }), [
    batch,
    ...outer.map(extent),
    last.out,
    last.filter * inChannels,
  ]);
  const dy = pixels(call, info, 1);
  const spatial = call.int64s(outer.map((_, i) => i + 1));
  const strides = call.int64s(outer.map(({ stride }) => stride));
  const taps = combinations(outer.map((axis) => places(axis.filter, axis.dilation, start(axis))));
  const products = taps.map((starts) => {
    const ends = starts.map((at, i) => at + (outer[i]!.out - 1) * outer[i]!.stride + 1);
    const part = call.op('Slice', [laidOut, call.int64s(starts), call.int64s(ends), spatial, strides]);
    const rows = call.reshape(part, [batch * elements(axes, 'out'), last.filter * inChannels]);
    return gemm(call, { name: rows, transposed: 0 }, dy);
  });
  return call.op('Concat', products, { axis: { int: 0 } });
}

/**
 * Every window of an image as a row: [n · windows, taps · c]. One Gather takes pixel after pixel; where those are
 * short, two take lines of windows first, and then the lines that make a window: pieces as many times as long.
 *
 * @param x the image, channels last
 * @param reversed whether the taps come last to first
 */
function windowsAsRows<A extends object>(
  call: Lowering<A>,
  { axes, batch }: Geometry,
  x: string,
  channels: number,
  reversed = false,
): Matrix {
  const tapsOf = ({ filter, dilation }: Axis): number[] => {
    const taps = places(filter, dilation);
    return reversed ? taps.reverse() : taps;
  };
  const [outer, last] = [axes.slice(0, -1), axes[axes.length - 1]!];
  const lines = batch * outer.reduce((product, axis) => product * extent(axis), 1);
  let pixels = padded(call, axes, x);
  let piece = channels;
  let inside = axes; // along which pieces are still to be put together
  if (channels < rule.shortPixel && last.filter > 1) {
    const along = places(last.out, last.stride, start(last)).flatMap((at) =>
      tapsOf(last).map((tap) => at + tap),
    );
    const whole = call.reshape(pixels, [lines, extent(last), channels]);
    pixels = call.op('Gather', [whole, call.constant('int32', [along.length], along)], { axis: { int: 1 } });
    piece *= last.filter;
    inside = [...outer, { ...last, size: last.out, filter: 1, stride: 1, dilation: 1, before: 0, after: 0 }];
  }
  const sizes = inside.map(extent);
  const flat = (lists: number[][]): number[] =>
    lists.reduce((all, list, i) => all.flatMap((at) => list.map((place) => at * sizes[i]! + place)), [0]);
  const area = sizes.reduce((a, b) => a * b);
  const windows = flat(inside.map((axis) => places(axis.out, axis.stride, start(axis))));
  const taps = flat(inside.map(tapsOf));
  const rows = places(batch, area).flatMap((sample) => windows.map((at) => sample + at));
  const index = call.op('Add', [
    call.constant('int32', [rows.length, 1], rows),
    call.constant('int32', [1, taps.length], taps),
  ]);
  const all = call.reshape(pixels, [batch * area, piece]);
  const name = call.reshape(call.op('Gather', [all, index]), [rows.length, taps.length * piece]);
  return { name, transposed: 0 };
}

/** Input `i`, an image, as a matrix: [n · pixels, c], or transposed if that needs no work. */
function pixels<A extends object>(call: Lowering<A>, info: Geometry, i: number): Matrix {
  const channelsFirst = info.layout === 'plain' || !call.has(i, 'plain');
  const { shape, size } = call.inputs[i]!;
  const channels = info.layout === 'plain' ? shape[1]! : shape[shape.length - 1]!;
  return info.batch === 1 && channelsFirst
    ? { name: call.reshape(call.input(i, info.layout), [channels, size / channels]), transposed: 1 }
    : { name: call.reshape(channelsLast(call, info, i), [size / channels, channels]), transposed: 0 };
}

/** aᵀ · b */
const gemm = <A extends object>(call: Lowering<A>, a: Matrix, b: Matrix): string =>
  call.op('Gemm', [a.name, b.name], { transA: { int: 1 - a.transposed }, transB: { int: b.transposed } });

/** Input `i`, an image, channels last. */
function channelsLast<A extends object>(call: Lowering<A>, { axes, layout }: Geometry, i: number): string {
  if (layout === 'channels first') return call.input(i);
  return call.transpose(call.input(i), [0, ...axes.map((_, axis) => axis + 2), 1]);
}

/** An image, channels last, with the padding that windows reach into. */
function padded<A extends object>(call: Lowering<A>, axes: readonly Axis[], x: string): string {
  const before = axes.map((axis) => Math.max(axis.before, 0));
  const after = axes.map((axis) => Math.max(axis.after, 0));
  if ([...before, ...after].every((size) => size === 0)) return x;
  return call.op('Pad', [x, call.int64s([0, ...before, 0, 0, ...after, 0])]);
}

/** Size of an axis of `padded`. */
const extent = ({ size, before, after }: Axis): number => size + Math.max(before, 0) + Math.max(after, 0);

/** Where the first window begins in `padded`. */
const start = ({ before }: Axis): number => Math.max(-before, 0);

/** `count` integers, `step` apart. */
const places = (count: number, step: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i * step);

const combinations = (lists: number[][]): number[][] =>
  lists.reduce<number[][]>((all, list) => all.flatMap((head) => list.map((next) => [...head, next])), [[]]);

const elements = (axes: readonly Axis[], of: 'size' | 'out' | 'filter'): number =>
  axes.reduce((product, axis) => product * axis[of], 1);
