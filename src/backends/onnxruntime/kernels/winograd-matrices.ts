/**
 * The matrices of Winograd's convolution along one axis. Tiles have 6 elements, whatever the filter: a filter of r elements and
 * the 7 − r elements that come out are polynomials, multiplied at 5 points and at infinity.
 */
/** Elements of a tile of the input. */
export const IN = 6;

/** Elements of a tile of the output, for a filter of `filter` elements. */
export const outOf = (filter: number): number => IN + 1 - filter;

export type Matrix = readonly (readonly number[])[];

export const transposed = (m: Matrix): number[][] => m[0]!.map((_, i) => m.map((row) => row[i]!));

/** m ⊗ m: both axes of a tile at once. */
export const both = (m: Matrix): number[][] =>
  m.flatMap((row) => m.map((other) => row.flatMap((x) => other.map((y) => x * y))));

/** Points, and what divides the filter there: the product of the differences to the other points. */
const points = [
  { at: 0, scale: 4 },
  { at: 1, scale: -6 },
  { at: -1, scale: -6 },
  { at: 2, scale: 24 },
  { at: -2, scale: 24 },
] as const;

const powers = (x: number, count: number): number[] => Array.from({ length: count }, (_, i) => x ** i);

const atInfinity = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => Number(i === count - 1));

/** From an input tile to what is multiplied: [6, 6]. */
export const inputTransform: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];

/** From a filter to what is multiplied: [6, filter]. */
export const filterTransform = (filter: number): number[][] => [
  ...points.map(({ at, scale }) => powers(at, filter).map((power) => power / scale)),
  atInfinity(filter),
];

/** From 6 products to an output tile: [7 − filter, 6]. */
export const outputTransform = (filter: number): number[][] =>
  transposed([...points.map(({ at }) => powers(at, outOf(filter))), atInfinity(outOf(filter))]);
