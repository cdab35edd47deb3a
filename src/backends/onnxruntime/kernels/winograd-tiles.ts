/** Where the tiles of Winograd's convolution lie along an axis of the image, its padding and border included. */
import { heuristics } from './heuristics.js';
import { type Axis } from './windows.js';
import { inputTransform, outOf, transposed } from './winograd-matrices.js';

/** Elements of an axis of the image, without a border. */
export const inside = ({ size, border }: Axis): number => border?.inside ?? size;

export const isPadded = ({ before, after }: Axis): boolean => before > 0 || after > 0;

/** Elements of the filter that meet every `stride`-th element of the image. */
export const tapsOf = ({ filter, stride }: Axis): number => filter / stride;

/** Tiles along an axis. */
export const tilesOf = (axis: Axis): number => Math.ceil(axis.out / outOf(tapsOf(axis)));

/** Which element of the image is element `i` of each tile, in each phase of the stride: [tiles, stride]. */
const elementsAt = (axis: Axis, i: number): number[][] =>
  Array.from({ length: tilesOf(axis) }, (_, tile) =>
    Array.from(
      { length: axis.stride },
      (_, phase) => axis.stride * (outOf(tapsOf(axis)) * tile + i) + phase - axis.before,
    ),
  );

/** The transform of all tiles as a matrix: [6 · tiles · stride, inside]. */
function tilesAlong(axis: Axis): number[][] {
  const { size, border } = axis;
  const elements = inputTransform.map((_, i) => elementsAt(axis, i).flat());
  return inputTransform.flatMap((row) =>
    elements[0]!.map((_, tile) => {
      const weights = new Array<number>(inside(axis)).fill(0);
      row.forEach((weight, i) => {
        const at = elements[i]![tile]!;
        if (at >= 0 && at < size) weights[border?.shows[at] ?? at]! += weight;
      });
      return weights;
    }),
  );
}

/**
 * Which elements lie in tiles, [6, tiles, stride]; the one behind the last for those of the padding. Without padding
 * tiles reach over the last element only where their output is cut off: there it stands for what is not.
 */
export function pixelsOfTiles(axis: Axis): number[][][] {
  const { size, border } = axis;
  const pixel = (at: number): number => {
    if ((at < 0 || at >= size) && isPadded(axis)) return inside(axis);
    const element = Math.min(at, size - 1);
    return border?.shows[element] ?? element;
  };
  return inputTransform.map((_, i) => elementsAt(axis, i).map((phases) => phases.map(pixel)));
}

/** An axis of the image in blocks of one length, each of which few tiles reach. A tile is one for each phase of the stride. */
export interface Blocks {
  readonly count: number;
  readonly length: number;
  /** The first of the tiles that reach a block, by block, and how many they are. */
  readonly first: readonly number[];
  readonly tiles: number;
  /** Adds up the tiles of each block: [blocks, elements of one, 6 · tiles]. */
  readonly sums: readonly number[];
}

/**
 * The output transform, along an axis, is a band matrix. Block by block, most of its zeros need not be multiplied, and the work
 * grows with the side, not with its square.
 */
export function blocksOf(axis: Axis): Blocks {
  const whole = transposed(tilesAlong(axis)); // [inside, 6 · all]
  const all = tilesOf(axis) * axis.stride;
  const length = blockLength(whole.length);
  const blocks = Array.from({ length: whole.length / length }, (_, i) =>
    whole.slice(i * length, (i + 1) * length),
  );
  const reaching = blocks.map((lines) =>
    Array.from({ length: all }, (_, tile) => tile).filter((tile) =>
      lines.some((line) => inputTransform.some((_, a) => line[a * all + tile] !== 0)),
    ),
  );
  const tiles = Math.max(...reaching.map((of) => of.at(-1)! - of[0]! + 1));
  const first = reaching.map((of) => Math.min(of[0]!, all - tiles));
  const sums = blocks.flatMap((lines, i) =>
    lines.flatMap((line) =>
      inputTransform.flatMap((_, a) => line.slice(a * all + first[i]!, a * all + first[i]! + tiles)),
    ),
  );
  return { count: blocks.length, length, first, tiles, sums };
}

/** The largest divisor of a side within the bounds of the heuristics; else all of it. */
function blockLength(size: number): number {
  const { shortest, longest } = heuristics.winograd.blocks;
  for (let length = Math.min(longest, size); length >= shortest; length--)
    if (size % length === 0) return length;
  return size;
}

/** What each column of `sums` multiplies: the place in a tile, the tile and its phase; block by block. */
export const placesOf = ({ first, tiles }: Blocks, stride: number) =>
  first.flatMap((from) =>
    inputTransform.flatMap((_, place) =>
      Array.from({ length: tiles }, (_, i) => ({
        place,
        tile: Math.floor((from + i) / stride),
        phase: (from + i) % stride,
      })),
    ),
  );
