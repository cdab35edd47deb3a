/**
 * What the layer classes of this folder share: the checking of their options, and the one input tensor
 * that `call` receives in tfjs' forms.
 */
import * as tf from '@tensorflow/tfjs-core';
import { InputSpec, type layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type Entries, optional, type Resolved, resolveOptions, satisfying } from '../core/options.js';
import { twoCopies } from '../core/two-copies.js';

/** The options that every layer of tfjs has: `name`, `trainable`, `inputShape`, … */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

const anything = optional(satisfying<unknown>(() => true, 'anything'));
const layerEntries = {
  name: anything,
  trainable: anything,
  dtype: anything,
  inputShape: anything,
  batchInputShape: anything,
  batchSize: anything,
  inputDType: anything,
  weights: anything,
  customObjects: anything, // tfjs adds it when it deserialises a layer
};

/** Checks a layer's own options beside those of every layer, which tfjs takes care of. */
export function resolveLayerOptions<E extends Entries>(
  where: string,
  entries: E,
  args: unknown,
): Resolved<E> {
  return resolveOptions<Entries>(where, { ...layerEntries, ...entries }, args) as Resolved<E>;
}

/** What layers on images take: [B, H, W, C]; tfjs refuses other ranks by it. */
export const imageSpec = () => [new InputSpec({ ndim: 4 })];

/** tfjs calls a layer with a tensor or with an array of one; with a symbolic one only if that is of another copy. */
export function single(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const input = Array.isArray(inputs) ? inputs[0]! : inputs;
  if (!(input instanceof tf.Tensor)) throw twoCopies('ts-cyclegan', 'a layer of it was applied to an input');
  return input;
}

/** Applies a layer to a symbolic tensor. tfjs types the result of `apply` as everything at once. */
export function connect(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  if (!(x instanceof SymbolicTensor)) throw twoCopies('ts-cyclegan', 'a block was applied to an input');
  return layer.apply(x) as SymbolicTensor;
}

/** The shape of one input, [batch, ...]; dimensions that are open are null. */
export type Shape = (number | null)[];
