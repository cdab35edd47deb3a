/** Converts tensors in nested arrays and objects to a flat list and back, so that computations that return them can be captured. */
import * as tf from '@tensorflow/tfjs-core';

/** A tensor, or arrays and plain objects of them, however deep. */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** The structure of a tree. Each leaf is an index in the list. */
export type TreeForm = number | readonly TreeForm[] | { readonly [name: string]: TreeForm };

/** All tensors of a tree, depth first, and the form that {@link unflatten} needs. */
export function flatten(tree: TensorTree): { tensors: tf.Tensor[]; form: TreeForm } {
  const tensors: tf.Tensor[] = [];
  const formOf = (part: TensorTree): TreeForm => {
    if (part instanceof tf.Tensor) return tensors.push(part) - 1;
    if (Array.isArray(part)) return part.map(formOf);
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, formOf(inner)]));
  };
  const form = formOf(tree);
  return { tensors, form };
}

/** A tree of this form whose leaves are these tensors. */
export function unflatten(form: TreeForm, tensors: readonly tf.Tensor[]): TensorTree {
  const build = (part: TreeForm): TensorTree => {
    if (typeof part === 'number') return tensors[part]!;
    if (Array.isArray(part)) return part.map(build);
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, build(inner)]));
  };
  return build(form);
}
