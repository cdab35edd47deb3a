/** What training needs to know of a network: how to run it, what it trains, and how its norm works. */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { RandomSource } from '../core/random.js';
import { Dropout } from '../layers/dropout.js';

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

/** All variables of networks. */
export const allVariables = (...networks: LayersModel[]): tf.Variable[] =>
  networks.flatMap((network) => network.weights.map((weight) => weight.read() as unknown as tf.Variable));

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

/** Lets all dropout layers draw their masks from one stream. */
export function drawDropoutFrom(random: RandomSource, networks: readonly LayersModel[]): void {
  for (const layer of networks.flatMap((network) => network.layers)) {
    if (layer instanceof Dropout) layer.random = random;
  }
}

/**
 * Applies a network as in training, with dropout from a stream and batch norm by the batch, and leaves it as it was:
 * neither running statistics nor the layers' own streams change. Call it in a `tf.tidy`.
 */
export function applyAsInTraining(network: LayersModel, x: tf.Tensor, random: RandomSource): tf.Tensor {
  const dropouts = network.layers.filter((layer) => layer instanceof Dropout);
  const streams = dropouts.map((layer) => layer.random);
  const statistics = network.weights.filter((weight) => !weight.trainable);
  const before = statistics.map((weight) => tf.clone(weight.read()));
  drawDropoutFrom(random, [network]);
  try {
    return network.apply(x, { training: true }) as tf.Tensor;
  } finally {
    dropouts.forEach((layer, i) => (layer.random = streams[i]!));
    statistics.forEach((weight, i) => weight.write(before[i]!));
  }
}

/** Layers that treat each picture of a batch by itself and draw nothing at random. */
const perSample = new Set([
  'InputLayer', 'Conv2D', 'Conv2DTranspose', 'ZeroPadding2D', 'UpSampling2D', 'ReLU', 'LeakyReLU',
  'Activation', 'Add', 'Concatenate', 'InstanceNormalization', 'ReflectionPadding2D', 'ReplicationPadding2D',
  'NearestUpsampling2D', 'SingleSliceCropping2D', 'TwiceDifferentiableLeakyReLU',
]); // prettier-ignore

/** More layers that draw nothing at random. */
const deterministic = new Set([
  ...perSample, 'BatchNormalization', 'PyTorchBatchNormalization', 'LayerNormalization', 'Dense', 'Flatten', 'Reshape',
  'Permute', 'MaxPooling2D', 'AveragePooling2D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'Cropping2D',
  'DepthwiseConv2D', 'SeparableConv2D', 'PReLU', 'ELU', 'Softmax', 'ThresholdedReLU', 'Multiply', 'Average', 'Maximum',
  'Minimum',
]); // prettier-ignore

/** Whether a network computes the same each time. Networks with layers that are not known here count as those that do not. */
export const isDeterministic = (network: LayersModel): boolean =>
  network.layers.every((layer: layers.Layer) => deterministic.has(layer.getClassName()));

/**
 * Whether a network gives the same for a picture whatever else is in its batch, so that several calls may
 * be made one. Networks with layers that are not known here count as those that do not.
 */
export const isPerSample = (network: LayersModel): boolean =>
  network.layers.every((layer: layers.Layer) => perSample.has(layer.getClassName()));
