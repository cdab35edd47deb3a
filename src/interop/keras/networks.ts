/** Builds networks from the weight files of Keras. */
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { optional, resolveOptions, text } from '../../core/options.js';
import { disposeNetwork } from '../../layers/networks.js';
import { withoutInitialValues } from '../../models/initializers.js';
import { patchDiscriminator } from '../../models/patch-discriminator.js';
import { resnetGenerator } from '../../models/resnet-generator.js';
import { checkBytes } from '../refuse.js';
import type { KerasArchitecture, LayerKind } from './architecture.js';
import { type KerasNetwork, readKeras } from './read.js';

/** Options of {@link readKerasNetworks}. */
export interface ReadKerasOptions {
  /** The name of the file, for messages. */
  name?: string;
}

const entries = { name: optional(text()) };

/**
 * Reads a weight file of Keras, and builds the networks that it contains with the convention `keras`: generators and discriminators of
 * the CycleGAN example of keras.io. Their options (channels, filters, blocks, norm) follow from the shapes of the weights.
 *
 * Reads `.weights.h5` and `.keras` of Keras 3, and `.h5` of Keras 2 and 3, of weights and of whole models. Values are float32; float16 and float64
 * are converted.
 *
 * @param bytes the content of the file
 * @returns the networks by their names in the file, for any size of images: `''` for a network that is the whole file, and
 * for the weights of the example's CycleGan `gen_G`, `gen_F`, `disc_X` and `disc_Y`. Dispose of them after use
 * @throws CycleGANError `INVALID_DATA` for a file that is truncated, damaged, of another format, or has other networks; `INVALID_ARGUMENT`
 * for bytes that are not a Uint8Array
 * @see [Porting from Keras: weights](../../../docs/porting-from-keras.md#weights)
 */
export function readKerasNetworks(
  bytes: Uint8Array,
  options: ReadKerasOptions = {},
): Record<string, LayersModel> {
  const { name } = resolveOptions('readKerasNetworks', entries, options);
  checkBytes('readKerasNetworks', 'bytes', bytes);
  const built: [string, LayersModel][] = [];
  try {
    for (const network of readKeras('readKerasNetworks', bytes, name)) {
      built.push([network.name, buildKerasNetwork(network)]);
    }
  } catch (error) {
    for (const [, network] of built) disposeNetwork(network);
    throw error;
  }
  return Object.fromEntries(built);
}

/** A network of an architecture with weights of 0. */
export const networkOf = ({ network, options }: KerasArchitecture): LayersModel =>
  withoutInitialValues(() =>
    network === 'resnet'
      ? resnetGenerator({ ...options, seed: 0 })
      : patchDiscriminator({ ...options, seed: 0 }),
  );

/** The kind of a layer with weights of this library. */
export function kindOf(layer: layers.Layer): LayerKind {
  const kinds: Record<string, LayerKind> = {
    Conv2D: 'convolution',
    Conv2DTranspose: 'transposed convolution',
  };
  return kinds[layer.getClassName()] ?? 'norm';
}

/** The network that a file contains. */
export function buildKerasNetwork({ architecture, layers }: KerasNetwork): LayersModel {
  const network = networkOf(architecture);
  const next: Record<LayerKind, number> = { convolution: 0, 'transposed convolution': 0, norm: 0 };
  tidy(() => {
    for (const layer of network.layers.filter(({ weights }) => weights.length > 0)) {
      const kind = kindOf(layer);
      const { values, shapes } = layers[kind][next[kind]++]!;
      layer.setWeights(values.map((array, i) => tensor(array, [...shapes[i]!])));
    }
  });
  return network;
}
