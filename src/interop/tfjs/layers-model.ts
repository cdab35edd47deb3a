/**
 * A network as a layers model of TensorFlow.js. Layers of this library are replaced by layers of TensorFlow.js that compute the same
 * in inference, if there are any: a U-Net with batch norm, for example, then needs no classes of this library.
 */
import { io } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { BatchNormalization } from '../../layers/batch-normalization.js';
import { Dropout } from '../../layers/dropout.js';
import { LeakyReLU } from '../../layers/leaky-relu.js';
import { NearestUpsampling2D } from '../../layers/nearest-upsampling-2d.js';
import { layersOf, type SavedLayer } from '../../models/network-topology.js';
import { joinParts } from '../../models/weight-parts.js';
import type { ModelParts } from './files.js';

type Config = SavedLayer['config'];

/** The class of TensorFlow.js, and its options beside the name, by class of this library. */
const builtIn = new Map<unknown, [name: string, config: (own: Config) => Config]>([
  [LeakyReLU, ['LeakyReLU', ({ alpha }) => ({ alpha })]],
  [Dropout, ['Dropout', ({ rate }) => ({ rate })]],
  [BatchNormalization, ['BatchNormalization', ({ name: _, ...config }) => ({ ...config, axis: -1 })]],
  [
    NearestUpsampling2D,
    [
      'UpSampling2D',
      ({ factor }) => ({ size: [factor, factor], data_format: 'channels_last', interpolation: 'nearest' }),
    ],
  ],
]);

/** An initializer that every program has: loading replaces initial values anyway. */
const zeros = { class_name: 'Zeros', config: {} };

/** Replaces classes of this library in the saved form of layers. */
function withBuiltIn(saved: SavedLayer, built: readonly layers.Layer[]): void {
  for (const layer of layersOf(saved) as SavedLayer[]) {
    const found = built.find(({ name }) => name === layer.config.name);
    const inner = (found as Partial<Pick<LayersModel, 'layers'>> | undefined)?.layers;
    if (Array.isArray(inner)) withBuiltIn(layer, inner);
    for (const key of Object.keys(layer.config)) {
      if (key.endsWith('_initializer') && layer.config[key] !== null) layer.config[key] = zeros;
    }
    const replacement = builtIn.get(found?.constructor);
    if (replacement === undefined) continue;
    const [name, config] = replacement;
    const { name: own, trainable, dtype } = layer.config;
    layer.class_name = name;
    layer.config = { name: own, trainable, dtype, ...config(layer.config) };
  }
}

export async function layersModel(network: LayersModel): Promise<Omit<ModelParts, 'metadata'>> {
  const { modelTopology, weightSpecs, weightData } = await saved(network);
  const topology = modelTopology as { model_config?: SavedLayer };
  withBuiltIn(topology.model_config ?? (topology as SavedLayer), network.layers);
  return {
    format: 'layers-model',
    topology,
    specs: weightSpecs!,
    data: joinParts(weightData!),
  };
}

/** What `network.save` hands to a handler. Weights are read asynchronously, as WebGPU requires. */
async function saved(network: LayersModel): Promise<io.ModelArtifacts> {
  let received: io.ModelArtifacts | undefined;
  await network.save(
    io.withSaveHandler((artifacts) => {
      received = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return received!;
}
