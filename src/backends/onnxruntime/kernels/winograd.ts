/**
 * Winograd's convolutions (Lavin and Gray 2016) as plain ONNX nodes: tiles of 6 × 6 elements that overlap are transformed,
 * multiplied with transformed filters channel by channel, and transformed back to tiles of m × m: F(4×4, 3×3) for filters
 * of 3 × 3, F(3×3, 4×4) for those of 4 × 4. That is 36 products of matrices where a direct convolution has 16 · 9 and 9 · 16,
 * four times as many. It rounds differently: see docs/onnxruntime.md.
 *
 * With a stride s the pixels of s × s phases are as many channels of a smaller image, whose filter has an s-th of the taps
 * along each axis: 4 × 4 with stride 2 is F(5×5, 2×2), 36 products for 25 · 4.
 *
 * Tiles are gathered, pixel by pixel, and transformed by one matrix product. A border that shows the image's own pixels
 * (see passes/fold-padding.ts) only changes which pixels are gathered. In the backward pass, products along rows and along columns
 * transform, add up what overlaps and fold the border back at once, block by block. What both passes have in common (the
 * transformed image, filter and dy) is written once.
 *
 * Letters: n samples, h × w pixels of the image inside of its padding, c channels in, o out; r × r taps of the filter in
 * each phase of the stride s, k = s·s·c channels in all phases; th × tw tiles, P of them in all samples; a and b the places
 * in a tile along rows and columns.
 */
import { type Lowering } from '../lowering/lowering.js';
import { type LoweringSettings } from '../lowering/writer.js';
import { heuristics } from './heuristics.js';
import { productOfTransposed } from './on-gpu.js';
import { type Geometry } from './windows.js';
import {
  both,
  filterTransform,
  IN,
  inputTransform,
  type Matrix,
  outOf,
  outputTransform,
  transposed,
} from './winograd-matrices.js';
import {
  type Blocks,
  blocksOf,
  inside,
  isPadded,
  pixelsOfTiles,
  placesOf,
  tapsOf,
  tilesOf,
} from './winograd-tiles.js';

/** The pass that a kernel belongs to. */
type Way = 'forward' | 'backward';

const { recompute, winograd } = heuristics;

export type WinogradSettings = Pick<LoweringSettings, 'winograd' | 'precision'>;

/**
 * Whether this algorithm can compute a convolution, and is to be used for it and for its input gradient. In float16 it would lose too
 * much: the transforms make rounding errors ten times as large.
 */
export const usesWinograd = (settings: WinogradSettings, info: Geometry): boolean =>
  settings.precision === 'float32' && usesWinogradForFilter(settings, info);

/** The same for the gradient of its filter, which is never in float16. */
export function usesWinogradForFilter({ winograd: rule }: WinogradSettings, info: Geometry): boolean {
  const { axes, batch, layout } = info;
  if (rule === 'never' || axes.length !== 2 || layout === 'plain') return false; // plain: tfjs' own are channels first
  const { filter, stride } = axes[0]!;
  const alike = axes.every((axis) => axis.filter === filter && axis.stride === stride && axis.dilation === 1);
  const { r, k, o } = sizesOf(info);
  if (!alike || !(r in winograd.filters)) return false;
  const { fewestChannels, fewestWindows } = winograd.filters[r as keyof typeof winograd.filters];
  const windows = axes.reduce((product, { out }) => product * out, batch);
  return rule === 'always' || (Math.min(k, o) >= fewestChannels && windows >= fewestWindows);
}

/** Sizes, by the letters above. */
function sizesOf({ batch: n, inChannels: c, outChannels: o, axes: [rows, columns] }: Geometry) {
  const s = rows!.stride;
  const r = tapsOf(rows!);
  const [th, tw] = [tilesOf(rows!), tilesOf(columns!)];
  return { n, c, o, s, r, m: outOf(r), k: s * s * c, th, tw, P: n * th * tw };
}

function constant<A extends object>(call: Lowering<A>, m: Matrix): string {
  return call.constant('float32', [m.length, m[0]!.length], m.flat());
}

/**
 * A key that differs for the forward and the backward pass if `count` elements are too many to be kept from one to the other:
 * new memory in each step costs more than computing them again.
 */
const shared = (count: number, most: number, way: Way): string => (count >= most ? way : '');

/** The image that is input `i`, transformed: [36, P, k]. */
function transformedImage<A extends object>(call: Lowering<A>, info: Geometry, i: number, way: Way): string {
  const { n, c, k, P } = sizesOf(info);
  const { axes } = info;
  const x = call.input(i);
  const where = JSON.stringify(axes);
  return call.once(`winograd x ${x} ${where} ${shared(IN * IN * P * k, recompute.images, way)}`, () => {
    // One row and one column of zeros behind the image stand for all of the padding.
    const zeros = axes.map((axis) => Number(isPadded(axis)));
    const [h, w] = axes.map((axis, at) => inside(axis) + zeros[at]!) as [number, number];
    const whole = zeros.includes(1) ? call.op('Pad', [x, call.int64s([0, 0, 0, 0, 0, ...zeros, 0])]) : x;
    const index = call.once(`winograd tiles ${n} ${where}`, () => {
      const [rows, columns] = axes.map(pixelsOfTiles) as [number[][][], number[][][]];
      const at = (sample: number, row: number) => (column: number) => (sample * h + row) * w + column;
      const pixels = rows.flatMap((down) =>
        columns.flatMap((across) =>
          range(n).flatMap((sample) =>
            down.flatMap((rows) =>
              across.flatMap((columns) => rows.flatMap((row) => columns.map(at(sample, row)))),
            ),
          ),
        ),
      );
      return call.constant('int32', [pixels.length], pixels); // [a, b, n, th, tw, s, s]
    });
    const tiles = call.op('Gather', [call.reshape(whole, [n * h * w, c]), index]);
    const flat = call.reshape(tiles, [IN * IN, P * k]);
    const v = call.op('MatMul', [constant(call, both(inputTransform)), flat]);
    return call.reshape(v, [IN * IN, P, k]);
  });
}

/** The filter [r·s, r·s, c, o] that is input `i`, transformed: [36, k, o]. */
function transformedFilter<A extends object>(call: Lowering<A>, info: Geometry, i: number, way: Way): string {
  const { c, o, s, r, k } = sizesOf(info);
  const w = call.input(i);
  return call.once(`winograd w ${w} ${s} ${shared(IN * IN * k * o, recompute.filters, way)}`, () => {
    const phases = swapped(call, w, [r, s, r, s, c * o]);
    const u = call.op('MatMul', [
      constant(call, both(filterTransform(r))),
      call.reshape(phases, [r * r, k * o]),
    ]);
    return call.reshape(u, [IN * IN, k, o]);
  });
}

/** How many elements a transformed filter has. */
export function transformedSize(info: Geometry): number {
  const { k, o } = sizesOf(info);
  return IN * IN * k * o;
}

/** [r, s, r, s, c·o] to [r, r, s, s, c·o], or back: a filter as it is, and phase by phase. */
function swapped<A extends object>(call: Lowering<A>, w: string, shape: readonly number[]): string {
  if (shape[1] === 1 || shape[2] === 1) return w;
  return call.transpose(call.reshape(w, shape), [0, 2, 1, 3, 4]);
}

/** dy, transformed back to the products that it is the gradient of: [36, P, o]. */
function transformedGradient<A extends object>(call: Lowering<A>, info: Geometry, i: number): string {
  const { n, o, r, m, th, tw, P } = sizesOf(info);
  const [height, width] = info.axes.map(({ out }) => out) as [number, number];
  const dy = call.input(i);
  return call.once(`winograd dy ${dy} ${r}`, () => {
    const [below, beside] = [th * m - height, tw * m - width];
    const pads = call.int64s([0, 0, 0, 0, 0, below, beside, 0]);
    const whole = below + beside === 0 ? dy : call.op('Pad', [dy, pads]);
    const apart = call.transpose(call.reshape(whole, [n, th, m, tw, m, o]), [2, 4, 0, 1, 3, 5]);
    const dm = call.op('MatMul', [
      constant(call, transposed(both(outputTransform(r)))),
      call.reshape(apart, [m * m, P * o]),
    ]);
    return call.reshape(dm, [IN * IN, P, o]);
  });
}

/** Inputs x and w of `call` to y, [n, h, w, o]. */
export function winogradConvolution<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { n, o, r, m, th, tw, P } = sizesOf(info);
  const [height, width] = info.axes.map(({ out }) => out) as [number, number];
  const products = call.op('MatMul', [
    transformedImage(call, info, 0, 'forward'),
    transformedFilter(call, info, 1, 'forward'),
  ]);
  const y = call.op('MatMul', [
    constant(call, both(outputTransform(r))),
    call.reshape(products, [IN * IN, P * o]),
  ]);
  const tiled = call.transpose(call.reshape(y, [m, m, n, th, tw, o]), [2, 3, 0, 4, 1, 5]);
  const whole = call.reshape(tiled, [n, th * m, tw * m, o]);
  if (th * m === height && tw * m === width) return whole;
  return call.op('Slice', [whole, call.int64s([0, 0]), call.int64s([height, width]), call.int64s([1, 2])]);
}

/**
 * Inputs x and dy of `call`, of one convolution after the other with the same filter, to dw, [r·s, r·s, c, o]: tiles of
 * all of them are added up in one product.
 */
export function winogradFilterGradient<A extends object>(
  call: Lowering<A>,
  calls: readonly Geometry[],
): string {
  const { c, o, s, r, k } = sizesOf(calls[0]!);
  const all = (parts: string[]) =>
    parts.length === 1 ? parts[0]! : call.op('Concat', parts, { axis: { int: 1 } }); // [36, P, k or o]
  const v = all(calls.map((info, i) => transformedImage(call, info, 2 * i, 'backward')));
  const dm = all(calls.map((info, i) => transformedGradient(call, info, 2 * i + 1)));
  const du = call.reshape(productOfTransposed(call, [v, dm], 'a', 3), [IN * IN, k * o]);
  const phases = call.op('MatMul', [constant(call, transposed(both(filterTransform(r)))), du]);
  return call.reshape(swapped(call, phases, [r, r, s, s, c * o]), [r * s, r * s, c, o]);
}

/** Whether putting together the tiles of several convolutions costs less than a product and a transform for each. */
export const joinsCalls = (calls: readonly Geometry[]): boolean =>
  calls
    .map(sizesOf)
    .every(({ P, k, o }) => IN * IN * P * Math.max(k, o) < heuristics.joinedGradients.mostElements);

/** Inputs dy and w of `call` to dx, [n, h, w, c]. */
export function winogradInputGradient<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { n, c, s, k, th, tw, P } = sizesOf(info);
  const { axes } = info;
  const [rows, columns] = axes.map(blocksOf) as [Blocks, Blocks];
  const [h, w] = axes.map(inside) as [number, number];
  const dm = transformedGradient(call, info, 0);
  const dv = productOfTransposed(call, [dm, transformedFilter(call, info, 1, 'backward')], 'b', 3);
  const index = call.once(`winograd blocks ${n} ${JSON.stringify(axes)}`, () => {
    const [down, across] = [placesOf(rows, s), placesOf(columns, s)];
    const places = range(n).flatMap((sample) =>
      down.flatMap((row) =>
        across.map((column) => {
          const place = (row.place * IN + column.place) * n + sample;
          return (((place * th + row.tile) * tw + column.tile) * s + row.phase) * s + column.phase;
        }),
      ),
    );
    return call.constant('int32', [places.length], places); // [n, row blocks, a·tiles·s, column blocks, b·tiles·s]
  });
  const [byRow, byColumn] = [IN * rows.tiles, IN * columns.tiles];
  const pixels = call.op('Gather', [call.reshape(dv, [(IN * IN * P * k) / c, c]), index]);
  const lines = call.reshape(pixels, [n, rows.count, byRow, columns.count * byColumn * c]);
  const z = call.op('MatMul', [sumsOf(call, rows), lines]); // [n, row blocks, rows of one, …]
  const across = call.reshape(z, [n * h, columns.count, byColumn, c]);
  return call.reshape(call.op('MatMul', [sumsOf(call, columns), across]), [n, h, w, c]);
}

const sumsOf = <A extends object>(call: Lowering<A>, { count, length, tiles, sums }: Blocks): string =>
  call.constant('float32', [count, length, IN * tiles], sums);

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
