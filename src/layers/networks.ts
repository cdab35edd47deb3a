/** What training needs to know of a network: how to run it, what it trains, and how its norm works. */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { type Draws, drawFrom } from '../core/draws.js';
import type { RandomSource } from '../core/random.js';
import { Dropout } from './dropout.js';
import { hasTrait } from './traits.js';

/** A network as a function, in training: dropout drops, batch norm uses the batch and observes it. */
export const asFunction =
  (network: LayersModel) =>
  (x: tf.Tensor4D): tf.Tensor4D =>
    network.apply(x, { training: true }) as tf.Tensor4D;

/** The variables that training changes. */
export const trainableVariables = (...networks: LayersModel[]): tf.Variable[] =>
  networks.flatMap((network) =>
    network.trainableWeights.map((weight) => weight.read() as unknown as tf.Variable),
  );

/** The weights of a network, layer by layer: in an order that, unlike `network.weights`, stays when layers are frozen. */
export const weightsOf = (network: LayersModel): LayerVariable[] =>
  [...new Set(layersWithin([network]))].flatMap(({ weights }) => weights);

/** All variables of networks. */
export const allVariables = (...networks: LayersModel[]): tf.Variable[] =>
  networks.flatMap((network) => weightsOf(network).map((weight) => weight.read() as unknown as tf.Variable));

/** Disposes of a network of ours whole. tfjs keeps the weights of a layer that is called more than once. */
export function disposeNetwork(network: LayersModel): void {
  const variables = allVariables(network);
  network.dispose();
  tf.dispose(variables);
}

/** Puts trained weights that have a constraint (as `gammaConstraint` of a normalisation) back where it wants them. */
export function constrain(weights: readonly LayerVariable[]): void {
  for (const weight of weights) {
    if ((weight.constraint as unknown) == null) continue;
    tf.tidy(() => {
      weight.write(tf.clone(weight.read())); // tfjs applies constraints to what is written
    });
  }
}

/** The layers of networks, those of networks that are used as layers among them. */
const layersWithin = (networks: readonly { layers: layers.Layer[] }[]): layers.Layer[] =>
  networks.flatMap(({ layers }) =>
    layers.flatMap((layer) => ('layers' in layer ? layersWithin([layer as LayersModel]) : [layer])),
  );

/** The dropout layers of networks, whose masks training draws. */
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
 * Applies a network as in training, with dropout from a stream and batch norm by the batch, and leaves it as it was:
 * neither running statistics nor the layers' own streams change. Call it in a `tf.tidy`.
 */
export const applyAsInTraining = (network: LayersModel, x: tf.Tensor, random: RandomSource): tf.Tensor =>
  keepingStatistics(network, () =>
    withDraws([network], drawFrom(random), () => network.apply(x, { training: true }) as tf.Tensor),
  );

/** Whether what a network computes depends on its inputs, its weights and its draws alone. */
export const isPure = (network: LayersModel): boolean =>
  network.layers.every((layer) => hasTrait(layer, 'pure'));

/** Whether a network gives the same for an image whatever else is in its batch, so that several calls may become one. */
export const isPerSample = (network: LayersModel): boolean =>
  network.layers.every((layer) => hasTrait(layer, 'perSample'));

/**
 * The weights of a network by name: `<layer>/<weight>`, each another. Counters that tfjs appends to the names of layers
 * without a name differ from process to process and are left out.
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
