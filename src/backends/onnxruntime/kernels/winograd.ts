/**
 * Winograd's convolution F(4×4, 3×3) (Lavin and Gray 2016) as plain ONNX nodes: tiles of 6 × 6 elements that
 * overlap are transformed, multiplied with transformed filters channel by channel, and transformed back to tiles of
 * 4 × 4. That is 36 products of matrices where a direct convolution has 16 · 9, four times as much. It rounds
 * differently: see docs/onnxruntime.md.
 *
 * Tiles are gathered, pixel by pixel, and transformed by one matrix product. A border that shows the picture's own
 * pixels (see graph/fold-padding.ts) is a matter of which are gathered. Backwards, products along rows and along columns
 * transform, add up what overlaps and fold the border back at once. What forward and backward have in common (the
 * transformed picture, filter and dy) is written once.
 *
 * Letters: n samples, h × w pixels of the picture inside of its padding, c channels in, o out; th × tw tiles, P of
 * them in all samples; a and b the places in a tile along rows and columns.
 */
import { type Lowering } from '../graph/lowering.js';
import { type LoweringSettings } from '../graph/writer.js';
import { formRules } from './form-rules.js';
import { type Axis, type Geometry } from './windows.js';

/** Tile of the output, and of the input. */
const [OUT, IN] = [4, 6];

/** From an input tile, 6 elements, to the 6 that are multiplied. */
const inputTransform = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
/** From a filter's 3 elements to 6. */
const filterTransform = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
/** From 6 products to an output tile, 4 elements. */
const outputTransform = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

/** Which way a kernel goes. */
type Way = 'forward' | 'backward';

/** Whether this form can compute a convolution, and shall. */
export function usesWinograd(
  rule: LoweringSettings['winograd'],
  { axes, inChannels, outChannels, layout }: Geometry,
): boolean {
  const can =
    layout === 'channels first' && // so tfjs' pictures are channels last
    axes.length === 2 &&
    axes.every(({ filter, stride, dilation }) => filter === 3 && stride === 1 && dilation === 1);
  if (rule !== 'auto') return can && rule === 'always';
  const { fewestChannels, longestSide } = formRules.winograd;
  const pays =
    Math.min(inChannels, outChannels) >= fewestChannels && axes.every(({ size }) => size <= longestSide);
  return can && pays;
}

type Matrix = readonly (readonly number[])[];

const transposed = (m: Matrix): number[][] => m[0]!.map((_, i) => m.map((row) => row[i]!));

/** m ⊗ m: both axes of a tile at once. */
const both = (m: Matrix): number[][] =>
  m.flatMap((row) => m.map((other) => row.flatMap((x) => other.map((y) => x * y))));

function constant<A extends object>(call: Lowering<A>, m: Matrix): string {
  return call.constant('float32', [m.length, m[0]!.length], m.flat());
}

/** Elements of an axis of the picture, without a border. */
const inside = ({ size, border }: Axis): number => border?.inside ?? size;

/** The transform of all tiles along an axis of the picture as a matrix, padding and border included: [6 · tiles, inside]. */
function tilesAlong(axis: Axis): number[][] {
  const { size, out, before, border } = axis;
  return inputTransform.flatMap((row) =>
    Array.from({ length: Math.ceil(out / OUT) }, (_, tile) => {
      const weights = new Array<number>(inside(axis)).fill(0);
      row.forEach((weight, i) => {
        const at = OUT * tile - before + i;
        if (at >= 0 && at < size) weights[border?.shows[at] ?? at]! += weight;
      });
      return weights;
    }),
  );
}

const tiles = ({ axes: [rows, columns] }: Geometry): [th: number, tw: number] => [
  Math.ceil(rows!.out / OUT),
  Math.ceil(columns!.out / OUT),
];

/**
 * Tells ways apart where [36, size] is not kept from one for the other: it would be memory that is new in each step, and
 * that costs more than computing it.
 */
const shared = (size: number, way: Way): string => (IN * IN * size >= formRules.recompute.numbers ? way : '');

/** The picture that is input `i`, transformed: [36, P, c]. */
function transformedPicture<A extends object>(
  call: Lowering<A>,
  info: Geometry,
  i: number,
  way: Way,
): string {
  const { batch, inChannels, axes } = info;
  const [th, tw] = tiles(info);
  const x = call.input(i);
  const where = JSON.stringify(axes);
  return call.once(`winograd x ${x} ${where} ${shared(batch * th * tw * inChannels, way)}`, () => {
    // One row and one column of zeros behind the picture stand for all of the padding.
    const zeros = axes.map((axis) => Number(isPadded(axis)));
    const [h, w] = axes.map((axis, at) => inside(axis) + zeros[at]!) as [number, number];
    const whole = zeros.includes(1) ? call.op('Pad', [x, call.int64s([0, 0, 0, 0, 0, ...zeros, 0])]) : x;
    const pixels = call.reshape(whole, [batch * h * w, inChannels]);
    const index = call.once(`winograd tiles ${batch} ${where}`, () => {
      const [rows, columns] = axes.map(pixelsOfTiles) as [number[][], number[][]];
      const samples = Array.from({ length: batch }, (_, sample) => sample * h);
      const all = rows.flatMap((tile) =>
        columns.flatMap((across) =>
          samples.flatMap((top) => tile.flatMap((row) => across.map((column) => (top + row) * w + column))),
        ),
      );
      return call.constant('int32', [all.length], all); // [a, b, n, th, tw]
    });
    const flat = call.reshape(call.op('Gather', [pixels, index]), [IN * IN, batch * th * tw * inChannels]);
    const v = call.op('MatMul', [constant(call, both(inputTransform)), flat]);
    return call.reshape(v, [IN * IN, batch * th * tw, inChannels]);
  });
}

const isPadded = ({ before, after }: Axis): boolean => before > 0 || after > 0;

/**
 * Which elements along an axis lie in tiles, [6, tiles]; the one behind the last for those of the padding. Without padding
 * tiles reach over the last element only where their output is cut off: there it stands for what is not.
 */
function pixelsOfTiles(axis: Axis): number[][] {
  const { size, out, before, border } = axis;
  return Array.from({ length: IN }, (_, i) =>
    Array.from({ length: Math.ceil(out / OUT) }, (_, tile) => {
      const at = OUT * tile - before + i;
      if ((at < 0 || at >= size) && isPadded(axis)) return inside(axis);
      const element = Math.min(at, size - 1);
      return border?.shows[element] ?? element;
    }),
  );
}

/** The filter [3, 3, c, o] that is input `i`, transformed: [36, c, o]. */
function transformedFilter<A extends object>(call: Lowering<A>, info: Geometry, i: number, way: Way): string {
  const { inChannels, outChannels } = info;
  const w = call.input(i);
  return call.once(`winograd w ${w} ${shared(inChannels * outChannels, way)}`, () => {
    const taps = call.reshape(w, [9, inChannels * outChannels]);
    const u = call.op('MatMul', [constant(call, both(filterTransform)), taps]);
    return call.reshape(u, [IN * IN, inChannels, outChannels]);
  });
}

/** dy, transformed back to the products that it is the gradient of: [36, P, o]. */
function transformedGradient<A extends object>(call: Lowering<A>, info: Geometry, i: number): string {
  const { batch, outChannels, axes } = info;
  const [th, tw] = tiles(info);
  const dy = call.input(i);
  return call.once(`winograd dy ${dy}`, () => {
    const [below, beside] = [th * OUT - axes[0]!.out, tw * OUT - axes[1]!.out];
    const pads = call.int64s([0, 0, 0, 0, 0, below, beside, 0]);
    const whole = below + beside === 0 ? dy : call.op('Pad', [dy, pads]);
    const cut = call.reshape(whole, [batch, th, OUT, tw, OUT, outChannels]);
    const apart = call.reshape(call.transpose(cut, [2, 4, 0, 1, 3, 5]), [
      OUT * OUT,
      batch * th * tw * outChannels,
    ]);
    const dm = call.op('MatMul', [constant(call, transposed(both(outputTransform))), apart]);
    return call.reshape(dm, [IN * IN, batch * th * tw, outChannels]);
  });
}

/** Inputs x and w of `call` to y, [n, h, w, o]. */
export function winogradConvolution<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { batch, outChannels, axes } = info;
  const [th, tw] = tiles(info);
  const [height, width] = [axes[0]!.out, axes[1]!.out];
  const products = call.op('MatMul', [
    transformedPicture(call, info, 0, 'forward'),
    transformedFilter(call, info, 1, 'forward'),
  ]);
  const flat = call.reshape(products, [IN * IN, batch * th * tw * outChannels]);
  const y = call.op('MatMul', [constant(call, both(outputTransform)), flat]);
  const apart = call.reshape(y, [OUT, OUT, batch, th, tw, outChannels]); // rows, columns of the tiles
  const tiled = call.transpose(apart, [2, 3, 0, 4, 1, 5]);
  const whole = call.reshape(tiled, [batch, th * OUT, tw * OUT, outChannels]);
  if (th * OUT === height && tw * OUT === width) return whole;
  return call.op('Slice', [whole, call.int64s([0, 0]), call.int64s([height, width]), call.int64s([1, 2])]);
}

/**
 * Inputs x and dy of `call`, of one convolution after the other with the same filter, to dw, [3, 3, c, o]: tiles of all of them
 * are added up in one product.
 */
export function winogradFilterGradient<A extends object>(
  call: Lowering<A>,
  calls: readonly Geometry[],
): string {
  const { inChannels, outChannels } = calls[0]!;
  const all = (parts: string[]) =>
    parts.length === 1 ? parts[0]! : call.op('Concat', parts, { axis: { int: 1 } }); // [36, P, c or o]
  const v = all(calls.map((info, i) => transformedPicture(call, info, 2 * i, 'backward')));
  const dm = all(calls.map((info, i) => transformedGradient(call, info, 2 * i + 1)));
  const du = call.reshape(fusedMatMul(call, v, dm, { transA: { int: 1 } }), [
    IN * IN,
    inChannels * outChannels,
  ]);
  const back = transposed(both(filterTransform));
  return call.reshape(call.op('MatMul', [constant(call, back), du]), [3, 3, inChannels, outChannels]);
}

/** Whether putting together the tiles of several convolutions costs less than a product and a transform for each. */
export function joinsCalls(calls: readonly Geometry[]): boolean {
  const numbers = calls.map((info) => {
    const [th, tw] = tiles(info);
    return IN * IN * info.batch * th * tw * Math.max(info.inChannels, info.outChannels);
  });
  return numbers.every((size) => size < formRules.recompute.numbers);
}

/** Inputs dy and w of `call` to dx, [n, h, w, c]. */
export function winogradInputGradient<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { batch, inChannels, axes } = info;
  const [rows, columns] = axes as [Axis, Axis];
  const [th, tw] = tiles(info);
  const [h, w] = [inside(rows), inside(columns)];
  const dm = transformedGradient(call, info, 0);
  const dv = fusedMatMul(call, dm, transformedFilter(call, info, 1, 'backward'), { transB: { int: 1 } });
  const byTile = call.reshape(dv, [IN, IN, batch, th, tw * inChannels]); // [a, b, n, th, tw·c]
  const lines = call.transpose(byTile, [2, 0, 3, 1, 4]);
  const overRows = constant(call, transposed(tilesAlong(rows))); // [h, a·th]
  const z = call.op('MatMul', [overRows, call.reshape(lines, [batch, IN * th, IN * tw * inChannels])]);
  const overColumns = constant(call, transposed(tilesAlong(columns))); // [w, b·tw]
  const dx = call.op('MatMul', [overColumns, call.reshape(z, [batch * h, IN * tw, inChannels])]);
  return call.reshape(dx, [batch, h, w, inChannels]);
}

/** A product of which one factor is transposed; ONNX Runtime's own operator, which does not move it for that. */
function fusedMatMul<A extends object>(
  call: Lowering<A>,
  a: string,
  b: string,
  attributes: { transA: { int: 1 } } | { transB: { int: 1 } },
): string {
  return call.ops('FusedMatMul', [a, b], attributes, 1, 'com.microsoft')[0]!;
}
