/**
 * The networks of a CycleGAN, all four or one generator, as one tfjs model artifact, for any IO handler:
 * `localstorage://`, `indexeddb://`, `downloads://`, `file://` of tfjs-node, http, or `fileSystem` of `ts-cyclegan/node`.
 *
 * The topology holds a version of the format, the options, the topologies of the networks, the names of all weights,
 * `<network>/<weight>`, and SHA-256 hashes of all of it, so that what is changed on the way is refused wherever it was.
 * It is no single layers model: `tf.loadLayersModel` cannot read it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { sha256 } from '../core/sha256.js';
import { show } from '../core/options.js';
import { savedClassName } from '../layers/register.js';
import type { CycleGANNetworks, networkNames, ResolvedCycleGANOptions } from './cyclegan-options.js';
import { layersOf, type SavedLayer } from './network-topology.js';
import type { Convention } from './options.js';
import { nonFiniteWeight, toFloat16 } from './saved-weights.js';

export const format = 'ts-cyclegan';
/** Raised when a change makes older readers misread what is written. */
export const version = 1;

export type NetworkName = (typeof networkNames)[number];

/** How weights are stored. */
export type WeightsDtype = 'float32' | 'float16';

/** What is saved beside the networks. Networks that were handed in have no options. */
export interface Metadata {
  convention: Convention;
  options: ResolvedCycleGANOptions | undefined;
}

/** What the topology of an artifact holds. */
export interface Topology {
  format: string;
  version: number;
  /** All of them, or the convention alone. */
  options: object;
  networks: Partial<Record<NetworkName, SavedLayer>>;
  weights: string[];
  integrity: {
    /** How the weights were stored; other programs may have quantized them since. */
    dtype: WeightsDtype;
    /** SHA-256 of the weights. */
    weights: string;
    /** SHA-256 of the topology without this entry, and of the names, shapes and dtypes of the weights. */
    sha256: string;
  };
}

/** The hash of everything in a model.json that matters. */
export function topologyHash(
  {
    integrity,
    ...topology
  }: Omit<Topology, 'integrity'> & { integrity: Omit<Topology['integrity'], 'sha256'> },
  specs: readonly tf.io.WeightsManifestEntry[],
): Promise<string> {
  const { dtype, weights } = integrity;
  const shapes = specs.map(({ name, shape, dtype }) => [name, shape, dtype]);
  return sha256(JSON.stringify([topology, { dtype, weights }, shapes], sorted));
}

/** Objects with their keys in order: a model that was loaded and saved again has them in another one. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The networks `names` as an artifact. Weights are read asynchronously, as WebGPU wants it. */
export async function toArtifacts(
  model: CycleGANNetworks & Metadata,
  names: readonly NetworkName[],
  dtype: WeightsDtype,
): Promise<tf.io.ModelArtifacts> {
  const networks = Object.fromEntries(names.map((name) => [name, topologyOf(model[name])]));
  const tensors = names.flatMap((name) =>
    model[name].weights.map((weight) => ({ name: `${name}/${weight.originalName}`, tensor: weight.read() })),
  );
  // encoded in one go, so that all reading starts now, whatever is trained meanwhile
  const encoded = await tf.io.encodeWeights(tensors);
  const { specs, data } = stored(encoded.specs, encoded.data, dtype);
  const options = model.options ?? { convention: model.convention };
  const weights = specs.map((spec) => spec.name);
  const integrity = { dtype, weights: await sha256(new Uint8Array(data)) };
  // as it comes back from a file, without what JSON leaves out
  const plain = JSON.parse(JSON.stringify({ format, version, options, networks, weights })) as Topology;
  const hash = await topologyHash({ ...plain, integrity }, specs);
  const modelTopology = { ...plain, integrity: { ...integrity, sha256: hash } };
  return { format, modelTopology, weightSpecs: specs, weightData: data };
}

/** The topology of a network, in which our own layers bear this library's name. */
function topologyOf(network: LayersModel): SavedLayer {
  const rename = (saved: SavedLayer, built: readonly layers.Layer[]) => {
    for (const layer of layersOf(saved) as SavedLayer[]) {
      const own = built.find(({ name }) => name === layer.config.name);
      if (own === undefined) continue;
      layer.class_name = savedClassName(own, layer.class_name);
      const { layers: inner } = own as Partial<Pick<LayersModel, 'layers'>>;
      if (Array.isArray(inner)) rename(layer, inner);
    }
  };
  const topology = network.toJSON(null, false) as object as SavedLayer;
  rename(topology, network.layers);
  return topology;
}

/** The weights in the form in which they are saved. What could not be loaded again is refused. */
function stored(specs: tf.io.WeightsManifestEntry[], data: ArrayBuffer, dtype: WeightsDtype) {
  const bad = nonFiniteWeight(specs, data);
  if (bad !== undefined) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `CycleGAN.save: the weight ${show(bad)} holds NaN or Infinity. Nothing was saved: go back to an earlier model.`,
    );
  }
  if (dtype === 'float32') return { specs, data };
  const halves = toFloat16(specs, data);
  const large = nonFiniteWeight(halves.specs, halves.data);
  if (large !== undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `CycleGAN.save: float16 holds values up to 65504, the weight ${show(large)} has larger ones. Save as float32.`,
    );
  }
  return halves;
}
