/**
 * Saves the networks of a model as one tfjs model artifact, for any IO handler: `localstorage://`, `indexeddb://`,
 * `downloads://`, `file://` of tfjs-node, http, or `fileSystem` of `ts-cyclegan/node`.
 *
 * The topology holds the format version, the kind of model, its options, the topologies of the networks, and the names of all
 * weights, `<network>/<weight>`. SHA-256 hashes detect any later change. `tf.loadLayersModel` cannot read these artifacts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { sha256 } from '../core/sha256.js';
import { show } from '../core/options.js';
import { savedClassName } from '../layers/register.js';
import { layersOf, type SavedLayer } from './network-topology.js';
import { nonFiniteWeight, toFloat16 } from './saved-weights.js';
import { type PartsHandler, readWeightParts, type WeightParts } from './weight-parts.js';

export const format = 'ts-cyclegan';
/** The format version. It is increased by changes that older readers would misread. Version 1 has no kinds, only CycleGANs. */
export const version = 2;

/** The class that loads each kind of model. */
export const kinds = { cyclegan: 'CycleGAN', pix2pix: 'Pix2Pix', cut: 'CUT', gan: 'GAN' } as const;
export type ModelKind = keyof typeof kinds;

/** The dtype of saved weights. */
export type WeightsDtype = 'float32' | 'float16';

/** A model to save. */
export interface Bundle {
  kind: ModelKind;
  /** Plain data that the model is rebuilt from, in addition to its networks. */
  options: object;
  networks: Readonly<Record<string, LayersModel>>;
}

/** The contents of the topology of an artifact. */
export interface Topology {
  format: string;
  version: number;
  /** Missing in version 1. */
  kind?: ModelKind;
  options: object;
  networks: Record<string, SavedLayer>;
  weights: string[];
  integrity: {
    /** The dtype when the model was saved. Other programs may have quantized the weights since. */
    dtype: WeightsDtype;
    /** SHA-256 of the weights. */
    weights: string;
    /** SHA-256 of the topology without this entry, and of the names, shapes and dtypes of the weights. */
    sha256: string;
  };
}

/** The hash of the topology and of the names, shapes and dtypes of the weights. */
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

/** Sorts the keys of objects, because loading and saving a model may change their order. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * Saves a model by a handler. Weights are read asynchronously, as WebGPU requires.
 *
 * @throws CycleGANError `NOT_A_NUMBER` if a weight is NaN or infinite, `INVALID_OPTION` if one is too large for float16
 */
export async function saveBundle(
  where: string,
  handler: tf.io.IOHandler,
  { kind, options, networks }: Bundle,
  dtype: WeightsDtype,
): Promise<tf.io.SaveResult> {
  const topologies = Object.fromEntries(
    Object.entries(networks).map(([name, network]) => [name, topologyOf(network)]),
  );
  const tensors = Object.entries(networks).flatMap(([name, network]) =>
    network.weights.map((weight) => ({ name: `${name}/${weight.originalName}`, tensor: weight.read() })),
  );
  const { specs, parts } = stored(where, await readWeightParts(tensors), dtype);
  const { data, hash: weightsHash } = await dataFor(handler, parts);
  const weights = specs.map((spec) => spec.name);
  const integrity = { dtype, weights: weightsHash };
  // as read from a file: JSON drops undefined values
  const plain = JSON.parse(
    JSON.stringify({ format, version, kind, options, networks: topologies, weights }),
  ) as Topology;
  const hash = await topologyHash({ ...plain, integrity }, specs);
  const modelTopology = { ...plain, integrity: { ...integrity, sha256: hash } };
  return await handler.save!({ format, modelTopology, weightSpecs: specs, weightData: data });
}

/** Weights as a handler takes them: in parts if it can, else joined, as those of tfjs' own models. */
async function dataFor(
  handler: PartsHandler,
  parts: ArrayBuffer[],
): Promise<{ data: tf.io.WeightData; hash: string }> {
  if (handler.sha256OfParts !== undefined) {
    return { data: parts, hash: await handler.sha256OfParts(parts) };
  }
  const data = tf.io.CompositeArrayBuffer.join(parts); // a copy: the handler may change it
  return { data, hash: await sha256(new Uint8Array(data)) };
}

/** The topology of a network, with the prefixed class names of this library's layers. */
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

/** The weights in the given dtype. Values that could not be loaded again are refused. */
function stored(where: string, { specs, parts }: WeightParts, dtype: WeightsDtype): WeightParts {
  const bad = nonFiniteWeight(specs, parts);
  if (bad !== undefined) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `${where}: the weight ${show(bad)} holds NaN or Infinity. Nothing was saved. Return to an earlier model.`,
    );
  }
  if (dtype === 'float32') return { specs, parts };
  const halves = toFloat16(specs, parts);
  const large = nonFiniteWeight(halves.specs, halves.data);
  if (large !== undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: float16 holds values up to 65504, but the weight ${show(large)} has larger values. Save as float32.`,
    );
  }
  return { specs: halves.specs, parts: halves.data };
}
