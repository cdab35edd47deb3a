/**
 * The networks of a model as one tfjs model artifact, for any IO handler: `localstorage://`, `indexeddb://`, `downloads://`,
 * `file://` of tfjs-node, http, or `fileSystem` of `ts-cyclegan/node`.
 *
 * The topology holds a version of the format, the kind of model, its options, the topologies of the networks, the names of
 * all weights, `<network>/<weight>`, and SHA-256 hashes of all of it, so that what is changed on the way is refused wherever
 * it was. It is no single layers model: `tf.loadLayersModel` cannot read it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { sha256 } from '../core/sha256.js';
import { show } from '../core/options.js';
import { savedClassName } from '../layers/register.js';
import { layersOf, type SavedLayer } from './network-topology.js';
import { nonFiniteWeight, toFloat16 } from './saved-weights.js';

export const format = 'ts-cyclegan';
/** Raised when a change makes older readers misread what is written. Version 1 knew no kinds: it held CycleGANs alone. */
export const version = 2;

/** The class that loads each kind of model. */
export const kinds = { cyclegan: 'CycleGAN', pix2pix: 'Pix2Pix', gan: 'GAN' } as const;
export type ModelKind = keyof typeof kinds;

/** How weights are stored. */
export type WeightsDtype = 'float32' | 'float16';

/** A model to be saved. */
export interface Bundle {
  kind: ModelKind;
  /** Plain data from which the model is built again, beside its networks. */
  options: object;
  networks: Readonly<Record<string, LayersModel>>;
}

/** What the topology of an artifact holds. */
export interface Topology {
  format: string;
  version: number;
  /** Missing in version 1. */
  kind?: ModelKind;
  options: object;
  networks: Record<string, SavedLayer>;
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

/** A model as an artifact. Weights are read asynchronously, as WebGPU wants it. */
export async function toArtifacts(
  where: string,
  { kind, options, networks }: Bundle,
  dtype: WeightsDtype,
): Promise<tf.io.ModelArtifacts> {
  const topologies = Object.fromEntries(
    Object.entries(networks).map(([name, network]) => [name, topologyOf(network)]),
  );
  const tensors = Object.entries(networks).flatMap(([name, network]) =>
    network.weights.map((weight) => ({ name: `${name}/${weight.originalName}`, tensor: weight.read() })),
  );
  // encoded in one go, so that all reading starts now, whatever is trained meanwhile
  const encoded = await tf.io.encodeWeights(tensors);
  const { specs, data } = stored(where, encoded.specs, encoded.data, dtype);
  const weights = specs.map((spec) => spec.name);
  const integrity = { dtype, weights: await sha256(new Uint8Array(data)) };
  // as it comes back from a file, without what JSON leaves out
  const plain = JSON.parse(
    JSON.stringify({ format, version, kind, options, networks: topologies, weights }),
  ) as Topology;
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
function stored(where: string, specs: tf.io.WeightsManifestEntry[], data: ArrayBuffer, dtype: WeightsDtype) {
  const bad = nonFiniteWeight(specs, data);
  if (bad !== undefined) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `${where}: the weight ${show(bad)} holds NaN or Infinity. Nothing was saved: go back to an earlier model.`,
    );
  }
  if (dtype === 'float32') return { specs, data };
  const halves = toFloat16(specs, data);
  const large = nonFiniteWeight(halves.specs, halves.data);
  if (large !== undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: float16 holds values up to 65504, the weight ${show(large)} has larger ones. Save as float32.`,
    );
  }
  return halves;
}
