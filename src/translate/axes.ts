/** One axis of the operations that move or combine pixels: which pixels of the input a span of the output needs. */
import type { Border } from '../core/border.js';
import type { Axis } from './op.js';
import { inside, type Span } from './region.js';

/** The axis of a convolution or of pooling. */
export interface WindowAxis extends Axis {
  /** The zeros before and after the pixels that `needs` returned. */
  zeros(span: Span): [before: number, after: number];
}

/** @param same whether the output has ⌈size / stride⌉ elements, with zeros around the input */
export function windowAxis(
  size: number,
  { kernel, stride, dilation, same }: { kernel: number; stride: number; dilation: number; same: boolean },
): WindowAxis {
  const window = (kernel - 1) * dilation + 1;
  const out = same ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
  const before = same ? Math.max((out - 1) * stride + window - size, 0) >> 1 : 0;
  const exact = ([from, to]: Span): Span => [from * stride - before, (to - 1) * stride - before + window];
  return {
    size: out,
    needs: (span) => inside(exact(span), size),
    zeros(span) {
      const [from, to] = exact(span);
      const [first, last] = inside([from, to], size);
      return [first - from, to - last];
    },
  };
}

/** The axis of a transposed convolution without padding, whose result is then cut. */
export interface TransposedAxis extends Axis {
  /** The position in the output of the first element that the input of `needs` contributes to. */
  start(span: Span): number;
  /** The length of the output for an input of this length, without padding. */
  length(inputs: number): number;
}

export function transposedAxis(
  size: number,
  { kernel, stride, same }: { kernel: number; stride: number; same: boolean },
): TransposedAxis {
  const wide = Math.max(kernel, stride);
  const before = same ? (wide - stride) >> 1 : 0;
  const needs = ([from, to]: Span): Span =>
    inside(
      [Math.ceil((from + before - wide + 1) / stride), Math.floor((to - 1 + before) / stride) + 1],
      size,
    );
  return {
    size: same ? size * stride : (size - 1) * stride + wide,
    needs,
    start: (span) => needs(span)[0] * stride - before,
    length: (inputs) => (inputs - 1) * stride + wide,
  };
}

/** The axis of a border. */
export interface BorderAxis extends Axis {
  /** The pixels to add before and after those that `needs` returned. */
  sides(span: Span): [before: number, after: number];
  /** The span of the output that the padded pixels are. */
  padded(span: Span): Span;
}

/** Adds a border of the given sizes. A negative size crops. */
export function borderAxis(
  size: number,
  [before, after]: readonly [before: number, after: number],
  kind: Border,
): BorderAxis {
  /** How far a span reaches over the image, before and after it. */
  const sides = ([from, to]: Span): [number, number] => [
    Math.max(0, before - from),
    Math.max(0, to - before - size),
  ];
  function needs(span: Span): Span {
    const [first, last] = sides(span);
    const [from, to] = inside([span[0] - before, span[1] - before], size);
    if (kind !== 'reflect') return [first > 0 ? 0 : from, last > 0 ? size : to];
    // a reflection by n pixels needs n + 1 pixels
    return [
      Math.max(0, Math.min(from, last > 0 ? size - 1 - last : from)),
      Math.min(size, Math.max(to, first > 0 ? first + 1 : to)),
    ];
  }
  return {
    size: before + size + after,
    needs,
    sides,
    padded(span) {
      const [from, to] = needs(span);
      const [first, last] = sides(span);
      return [from + before - first, to + before + last];
    },
  };
}

/** The axis of an enlargement by a whole factor. */
export const enlargedAxis = (size: number, factor: number): Axis => ({
  size: size * factor,
  needs: ([from, to]) => [Math.floor(from / factor), Math.ceil(to / factor)],
});

/** The axis of a blur that resizes, of a part of the image as of a whole image: elements near the ends of the part are cut off. */
export interface BlurAxis extends Axis {
  /** The span of the output that the pixels of `needs` become. */
  computed(span: Span): Span;
}

/** `blurAndHalve`: element i depends on 2i − 1, 2i and 2i + 1. A part begins at an even pixel. */
export function halvedAxis(size: number): BlurAxis {
  const needs = ([from, to]: Span): Span => [Math.max(0, 2 * from - 2), Math.min(2 * to, size)];
  return {
    size: Math.ceil(size / 2),
    needs,
    computed(span) {
      const [from, to] = needs(span);
      return [from / 2, Math.ceil(to / 2)];
    },
  };
}

/** `doubleSmoothly`: elements 2i and 2i + 1 depend on i − 1, i and i + 1. */
export function doubledAxis(size: number): BlurAxis {
  const needs = ([from, to]: Span): Span => inside([(from >> 1) - 1, ((to - 1) >> 1) + 2], size);
  return {
    size: 2 * size,
    needs,
    computed(span) {
      const [from, to] = needs(span);
      return [2 * from, 2 * to];
    },
  };
}
