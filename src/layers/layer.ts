/** Functions that the layer classes share: they check options, and read the input of `call`. */
import * as tf from '@tensorflow/tfjs-core';
import { InputSpec, type layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type Entries, optional, type Resolved, resolveOptions, satisfying } from '../core/options.js';
import { twoCopies } from '../core/two-copies.js';

/** The options of all tfjs layers: `name`, `trainable`, `inputShape`, … */
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
  customObjects: anything, // tfjs adds it when it deserializes a layer
};

/** Checks the options of a layer. tfjs checks the values of those that all layers have. */
export function resolveLayerOptions<E extends Entries>(
  where: string,
  entries: E,
  args: unknown,
): Resolved<E> {
  return resolveOptions<Entries>(where, { ...layerEntries, ...entries }, args) as Resolved<E>;
}

/** The input spec of layers on images, [B, H, W, C]. tfjs refuses other ranks. */
export const imageSpec = () => [new InputSpec({ ndim: 4 })];

/** The input of `call`: tfjs passes a tensor or an array of one. A symbolic tensor comes from another copy of tfjs. */
export function single(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const input = Array.isArray(inputs) ? inputs[0]! : inputs;
  if (!(input instanceof tf.Tensor)) throw twoCopies('ts-cyclegan', 'a layer of it was applied to an input');
  return input;
}

/** Applies a layer to a symbolic tensor. The return type of `apply` in tfjs is too wide. */
export function connect(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  if (!(x instanceof SymbolicTensor)) throw twoCopies('ts-cyclegan', 'a block was applied to an input');
  return layer.apply(x) as SymbolicTensor;
}

/** The shape of one input, [batch, ...]. Unknown dimensions are null. */
export type Shape = (number | null)[];
