/**
 * A list of tensors as few long ones, so that what is done to each element alike (a step of an optimizer) is done by
 * few kernels instead of a dozen for each tensor.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Neighbours in a list that make one flat tensor. */
export interface FlatGroup {
  /** Position of the first. */
  readonly first: number;
  readonly shapes: readonly number[][];
  readonly sizes: readonly number[];
}

/**
 * Tensors are put together up to this many elements: long enough that few groups remain, short enough that what is
 * computed for one stays in the processor's caches from kernel to kernel.
 */
const MOST_ELEMENTS = 2 ** 17;

/** Groups of neighbours; a tensor that is longer than a group may be is one of its own. */
export function groupsOf(shapes: readonly (readonly number[])[]): FlatGroup[] {
  const groups: { first: number; shapes: number[][]; sizes: number[]; length: number }[] = [];
  for (const [i, shape] of shapes.entries()) {
    const size = tf.util.sizeFromShape([...shape]);
    let last = groups.at(-1);
    if (last === undefined || last.length + size > MOST_ELEMENTS) {
      last = { first: i, shapes: [], sizes: [], length: 0 };
      groups.push(last);
    }
    last.shapes.push([...shape]);
    last.sizes.push(size);
    last.length += size;
  }
  return groups.map(({ first, shapes, sizes }) => ({ first, shapes, sizes }));
}

/** The tensors of a group as one [n]. */
export function flatten(tensors: readonly tf.Tensor[], { first, sizes }: FlatGroup): tf.Tensor1D {
  const flat = sizes.map((size, i) => tf.reshape<tf.Rank.R1>(tensors[first + i]!, [size]));
  return flat.length === 1 ? flat[0]! : tf.concat(flat);
}

/** A flat tensor as those of the group. */
export function unflatten(flat: tf.Tensor1D, { shapes, sizes }: FlatGroup): tf.Tensor[] {
  const parts = sizes.length === 1 ? [flat] : tf.split(flat, [...sizes]);
  return parts.map((part, i) => tf.reshape(part, shapes[i]!));
}
