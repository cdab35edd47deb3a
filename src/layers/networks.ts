/** Functions on networks for training: how to apply them, and their weights and traits. */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { type Draws, drawFrom } from '../core/draws.js';
import type { RandomSource } from '../core/random.js';
import { Dropout } from './dropout.js';
import { hasTrait } from './traits.js';

/** A network as a function in training mode: with dropout, and with batch norm that updates its running statistics. */
export const asFunction =
  (network: LayersModel) =>
  (x: tf.Tensor4D): tf.Tensor4D =>
    network.apply(x, { training: true }) as tf.Tensor4D;

/** The trainable variables of networks. */
export const trainableVariables = (...networks: LayersModel[]): tf.Variable[] =>
  networks.flatMap((network) =>
    network.trainableWeights.map((weight) => weight.read() as unknown as tf.Variable),
  );

/** The weights of a network, layer by layer. Unlike `network.weights`, the order does not change when layers are frozen. */
export const weightsOf = (network: LayersModel): LayerVariable[] =>
  [...new Set(layersWithin([network]))].flatMap(({ weights }) => weights);

/** All variables of networks. */
export const allVariables = (...networks: LayersModel[]): tf.Variable[] =>
  networks.flatMap((network) => weightsOf(network).map((weight) => weight.read() as unknown as tf.Variable));

/** Disposes of a network and all its weights. tfjs alone keeps the weights of a layer that is called more than once. */
export function disposeNetwork(network: LayersModel): void {
  const variables = allVariables(network);
  network.dispose();
  // tfjs does not notice that a variable is disposed already, and frees memory that it shares with others
  tf.dispose(variables.filter(({ isDisposed }) => !isDisposed));
}

/** Applies the constraints of trained weights, such as `gammaConstraint` of a norm layer. */
export function constrain(weights: readonly LayerVariable[]): void {
  for (const weight of weights) {
    if ((weight.constraint as unknown) == null) continue;
    tf.tidy(() => {
      weight.write(tf.clone(weight.read())); // tfjs applies the constraint on write
    });
  }
}

/** The layers of networks, including those of nested networks. */
const layersWithin = (networks: readonly { layers: layers.Layer[] }[]): layers.Layer[] =>
  networks.flatMap(({ layers }) =>
    layers.flatMap((layer) => ('layers' in layer ? layersWithin([layer as LayersModel]) : [layer])),
  );

/** The dropout layers of networks. */
export const dropoutLayers = (networks: readonly LayersModel[]): Dropout[] =>
  layersWithin(networks).filter((layer) => layer instanceof Dropout);

/** Lets the dropout layers of networks take their masks from `draws` while `run` runs. */
export function withDraws<T>(networks: readonly LayersModel[], draws: Draws, run: () => T): T {
  const dropout = dropoutLayers(networks);
  const own = dropout.map((layer) => layer.draws);
  for (const layer of dropout) layer.draws = draws;
  try {
    return run();
  } finally {
    dropout.forEach((layer, i) => (layer.draws = own[i]!));
  }
}

/** Runs `run`, after which the running statistics of a network are as they were before. Call it in a `tf.tidy`. */
export function keepingStatistics<T>(network: LayersModel, run: () => T): T {
  const statistics = weightsOf(network).filter((weight) => !weight.trainable);
  const before = statistics.map((weight) => tf.clone(weight.read()));
  try {
    return run();
  } finally {
    statistics.forEach((weight, i) => weight.write(before[i]!));
  }
}

/**
 * Applies a network in training mode, with dropout masks from `random` and batch norm by the batch. Running statistics and the
 * random streams of the layers do not change. Call it in a `tf.tidy`.
 */
export const applyAsInTraining = (network: LayersModel, x: tf.Tensor, random: RandomSource): tf.Tensor =>
  keepingStatistics(network, () =>
    withDraws([network], drawFrom(random), () => network.apply(x, { training: true }) as tf.Tensor),
  );

/** Whether the output of a network depends on its inputs, its weights and its draws only. */
export const isPure = (network: LayersModel): boolean =>
  network.layers.every((layer) => hasTrait(layer, 'pure'));

/** Whether the output for an image does not depend on the rest of its batch, so that several calls may be merged. */
export const isPerSample = (network: LayersModel): boolean =>
  network.layers.every((layer) => hasTrait(layer, 'perSample'));

/**
 * The weights of a network by unique names, `<layer>/<weight>`. The counters that tfjs appends to the names of unnamed layers
 * are removed, because they differ between processes.
 */
export function namedWeights(network: LayersModel): Map<string, LayerVariable> {
  const named = new Map<string, LayerVariable>();
  for (const weight of weightsOf(network)) {
    const name = weight.originalName.replace(/^([a-z0-9_]+_[A-Z]\w*?)\d+(?=\/)/, '$1');
    let unique = name;
    for (let count = 2; named.has(unique); count++) unique = `${name} ${count}`;
    named.set(unique, weight);
  }
  return named;
}
