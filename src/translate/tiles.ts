/** Divides feature maps into tiles. */
import { type Graph, multipleOf } from './graph.js';
import type { Region, Size, Span } from './region.js';

/** From this size of the largest feature map on, `tile: 'auto'` divides images. */
const largestWhole = 256 * 2 ** 20;
/** The size of the largest feature map of a tile that `tile: 'auto'` chooses. */
const largestTile = 64 * 2 ** 20;

/** Bytes of the largest feature map, without borders. */
function largestBytes(graph: Graph): number {
  const [height, width] = graph[0]!.size;
  return 4 * height * width * Math.max(...graph.map(({ channels, scale }) => channels / scale ** 2));
}

/** The side of the tiles for `tile: 'auto'`, or undefined if the image is translated as a whole. */
export function automaticTile(graph: Graph): number | undefined {
  const bytes = largestBytes(graph);
  if (bytes <= largestWhole) return undefined;
  const [height, width] = graph[0]!.size;
  return Math.max(multipleOf(graph), Math.floor(Math.sqrt((height * width * largestTile) / bytes)));
}

/**
 * The height and width of tiles of at most `side` × `side` pixels, rounded up to the multiple of the network. If the image is not
 * much wider than that, tiles are as wide as the image: strips have fewer borders, and fewer different shapes to compile.
 */
export function tileSize(graph: Graph, side: number): Size {
  const [height, width] = graph[0]!.size;
  const multiple = multipleOf(graph);
  const isStrip = width <= 4 * side;
  const even = (size: number, most: number) =>
    multiple * Math.ceil(size / Math.ceil(size / Math.max(multiple, most)) / multiple);
  return isStrip
    ? [even(height, Math.floor((side * side) / width)), width]
    : [even(height, side), even(width, side)];
}

/** The tiles of a feature map, which do not overlap. */
export function tilesOf(size: Size, image: Size, tile: Size): Region[] {
  const [rows, columns] = size.map((length, axis) =>
    spans(length, Math.max(1, Math.round((tile[axis]! * length) / image[axis]!))),
  ) as [Span[], Span[]];
  return rows.flatMap((row) => columns.map((column): Region => [row, column]));
}

const spans = (length: number, part: number): Span[] =>
  Array.from({ length: Math.ceil(length / part) }, (_, i) => [i * part, Math.min(length, (i + 1) * part)]);
