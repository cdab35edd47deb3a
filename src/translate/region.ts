/** Rectangles of feature maps, and cutting them out of tensors. */
import * as tf from '@tensorflow/tfjs-core';

/** Rows or columns from `from` up to, but not including, `to`. */
export type Span = readonly [from: number, to: number];
/** A rectangle of a feature map. */
export type Region = readonly [rows: Span, columns: Span];
/** Height and width of a feature map. */
export type Size = readonly [height: number, width: number];

export const lengthOf = ([from, to]: Span): number => to - from;

const joinedSpan = (a: Span, b: Span): Span => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

/** The smallest region that contains both. */
export const joined = (a: Region | undefined, b: Region): Region =>
  a === undefined ? b : [joinedSpan(a[0], b[0]), joinedSpan(a[1], b[1])];

/** A span inside an axis of `size` elements, at least one element long. */
export function inside([from, to]: Span, size: number): Span {
  const first = Math.min(Math.max(from, 0), size - 1);
  return [first, Math.min(Math.max(to, first + 1), size)];
}

/** The part `wanted` of a tensor [1, h, w, c] that holds the region `held`. */
export function cut(x: tf.Tensor4D, held: Region, wanted: Region): tf.Tensor4D {
  const [height, width] = [lengthOf(wanted[0]), lengthOf(wanted[1])];
  if (height === x.shape[1] && width === x.shape[2]) return x;
  return tf.slice(x, [0, wanted[0][0] - held[0][0], wanted[1][0] - held[1][0], 0], [1, height, width, -1]);
}
