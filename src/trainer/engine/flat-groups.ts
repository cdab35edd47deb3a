/**
 * Joins a list of tensors into a few flat ones. Operations on each element, such as an optimizer's step, then run a dozen
 * kernels for each flat tensor instead of for each variable.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Consecutive tensors of a list that become one flat tensor. */
export interface FlatGroup {
  /** Index of the first tensor. */
  readonly first: number;
  readonly shapes: readonly number[][];
  readonly sizes: readonly number[];
}

/**
 * Most elements of a group: large enough for few groups, and small enough for the processor's caches to hold a group from
 * kernel to kernel.
 */
const MOST_ELEMENTS = 2 ** 17;

/** Groups of consecutive tensors. A tensor above the limit is a group of its own. */
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

/** Joins the tensors of a group into one of shape [n]. */
export function flatten(tensors: readonly tf.Tensor[], { first, sizes }: FlatGroup): tf.Tensor1D {
  const flat = sizes.map((size, i) => tf.reshape<tf.Rank.R1>(tensors[first + i]!, [size]));
  return flat.length === 1 ? flat[0]! : tf.concat(flat);
}

/** Splits a flat tensor into the tensors of its group. */
export function unflatten(flat: tf.Tensor1D, { shapes, sizes }: FlatGroup): tf.Tensor[] {
  const parts = sizes.length === 1 ? [flat] : tf.split(flat, [...sizes]);
  return parts.map((part, i) => tf.reshape(part, shapes[i]!));
}
