/**
 * The four networks of a CycleGAN as one tfjs model artifact, for any IO handler: `localstorage://`,
 * `indexeddb://`, `downloads://`, `file://` of tfjs-node, http, or `fileSystem` of `ts-cyclegan/node`.
 *
 * The topology holds a version of the format, the options and the four topologies; weights are named
 * `<network>/<weight>`. It is no single layers model: `tf.loadLayersModel` cannot read it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { registerLayers } from '../layers/register.js';
import { type CycleGANNetworks, networkNames } from './cyclegan-options.js';

const format = 'ts-cyclegan';
/** Raised when a change makes older readers misread what is written. */
const version = 1;

/** What is saved beside the networks: the options, as plain data. */
export type Metadata = Record<string, unknown>;

interface Topology {
  format: string;
  version: number;
  options: Metadata;
  networks: Record<keyof CycleGANNetworks, object>;
}

/** The networks as an artifact. Weights are read asynchronously, as WebGPU wants it. */
export async function toArtifacts(
  networks: CycleGANNetworks,
  options: Metadata,
): Promise<tf.io.ModelArtifacts> {
  const specs: tf.io.WeightsManifestEntry[] = [];
  const buffers: ArrayBuffer[] = [];
  const topologies: Partial<Topology['networks']> = {};
  for (const name of networkNames) {
    const network = networks[name];
    topologies[name] = network.toJSON(null, false) as object;
    const weights = network.weights.map((weight) => ({
      name: `${name}/${weight.originalName}`,
      tensor: weight.read(),
    }));
    const encoded = await tf.io.encodeWeights(weights);
    specs.push(...encoded.specs);
    buffers.push(encoded.data);
  }
  const modelTopology = { format, version, options, networks: topologies };
  return { format, modelTopology, weightSpecs: specs, weightData: tf.io.CompositeArrayBuffer.join(buffers) };
}

function invalid(message: string, cause?: unknown): never {
  throw new CycleGANError('INVALID_MODEL', `CycleGAN.load: ${message}`, { cause });
}

function topologyOf({ modelTopology }: tf.io.ModelArtifacts): Topology {
  const topology = modelTopology as Partial<Topology> | undefined;
  if (topology?.format !== format) {
    invalid(
      'this is not a saved CycleGAN. A single layers model is loaded by tf.loadLayersModel, after registerLayers().',
    );
  }
  if (topology.version !== version) {
    invalid(
      `the model was saved in version ${show(topology.version)} of the format, this library reads version ${version}. ` +
        `Use the version of ts-cyclegan that saved it, or a newer one.`,
    );
  }
  const missing = networkNames.filter((name) => topology.networks?.[name] === undefined);
  if (missing.length > 0) invalid(`the model lacks ${missing.join(', ')}. Save it again.`);
  return topology as Topology;
}

/** Bytes that the weights of `specs` take. Weights are float32 throughout, four bytes each. */
const bytesOf = (specs: tf.io.WeightsManifestEntry[]) =>
  specs.reduce((sum, { shape }) => sum + 4 * tf.util.sizeFromShape(shape), 0);

/** The networks and options of an artifact; everything is checked before a network is built. */
export async function fromArtifacts(
  artifacts: tf.io.ModelArtifacts,
): Promise<{ networks: CycleGANNetworks; options: Metadata }> {
  const { networks: topologies, options } = topologyOf(artifacts);
  const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
  const data = tf.io.CompositeArrayBuffer.join(weightData);
  const wanted = bytesOf(weightSpecs);
  if (data.byteLength !== wanted) {
    invalid(
      `the weights must have ${wanted} bytes, got ${data.byteLength}. The file is cut or damaged: copy it again.`,
    );
  }
  registerLayers();
  const networks: Partial<Record<keyof CycleGANNetworks, LayersModel>> = {};
  let offset = 0;
  try {
    for (const name of networkNames) {
      const own = weightSpecs.filter((spec) => spec.name.startsWith(`${name}/`));
      const bytes = bytesOf(own);
      networks[name] = await loadLayersModel(
        tf.io.fromMemory({
          modelTopology: topologies[name],
          weightSpecs: own.map((spec) => ({ ...spec, name: spec.name.slice(name.length + 1) })),
          weightData: data.slice(offset, offset + bytes),
        }),
      );
      offset += bytes;
    }
  } catch (cause) {
    for (const network of Object.values(networks)) network.dispose();
    invalid(`a network cannot be built: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  return { networks: networks as CycleGANNetworks, options };
}

/** The one handler for `target`: a handler itself, or the one that tfjs knows for a URL. */
export function ioHandler(
  where: string,
  target: string | tf.io.IOHandler,
  purpose: 'save' | 'load',
): tf.io.IOHandler {
  if (typeof target === 'object') {
    if (typeof target[purpose] === 'function') return target;
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: this IO handler cannot ${purpose}.`);
  }
  const known =
    typeof target !== 'string'
      ? []
      : purpose === 'save'
        ? tf.io.getSaveHandlers(target)
        : tf.io.getLoadHandlers(target);
  if (known.length === 0) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected an IO handler or a URL that one is registered for, got ${show(target)}. ` +
        `In Node use fileSystem(folder) of 'ts-cyclegan/node', or 'file://…' with @tensorflow/tfjs-node.`,
    );
  }
  return known[0]!;
}
