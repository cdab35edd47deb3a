/**
 * The four networks of a CycleGAN as one tfjs model artifact, for any IO handler: `localstorage://`,
 * `indexeddb://`, `downloads://`, `file://` of tfjs-node, http, or `fileSystem` of `ts-cyclegan/node`.
 *
 * The topology holds a version of the format, the options, the four topologies and the names of all
 * weights, `<network>/<weight>`. It is no single layers model: `tf.loadLayersModel` cannot read it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { resolveOptions, show } from '../core/options.js';
import { registerLayers } from '../layers/register.js';
import {
  type CycleGANNetworks,
  type CycleGANOptions,
  networkNames,
  type ResolvedCycleGANOptions,
  resolveCycleGANOptions,
} from './cyclegan-options.js';
import { checkFit } from './check-networks.js';
import { type Convention, networkEntries } from './options.js';

const format = 'ts-cyclegan';
/** Raised when a change makes older readers misread what is written. */
const version = 1;

/** What is saved beside the networks. Networks that were handed in have no options. */
interface Metadata {
  convention: Convention;
  options: ResolvedCycleGANOptions | undefined;
}

interface Topology {
  format: string;
  version: number;
  /** All of them, or the convention alone. */
  options: object;
  networks: Record<keyof CycleGANNetworks, object>;
  weights: string[];
}

/** The networks as an artifact. Weights are read asynchronously, as WebGPU wants it. */
export async function toArtifacts(model: CycleGANNetworks & Metadata): Promise<tf.io.ModelArtifacts> {
  const networks = Object.fromEntries(
    networkNames.map((name) => [name, model[name].toJSON(null, false) as object]),
  );
  const tensors = networkNames.flatMap((name) =>
    model[name].weights.map((weight) => ({ name: `${name}/${weight.originalName}`, tensor: weight.read() })),
  );
  // encoded in one go, so that all reading starts now, whatever is trained meanwhile
  const { data, specs } = await tf.io.encodeWeights(tensors);
  const options = model.options ?? { convention: model.convention };
  const weights = specs.map((spec) => spec.name);
  const modelTopology = { format, version, options, networks, weights };
  return { format, modelTopology, weightSpecs: specs, weightData: data };
}

function invalid(message: string, cause?: unknown): never {
  throw new CycleGANError('INVALID_MODEL', `CycleGAN.load: ${message}`, { cause });
}

function topologyOf(artifacts: tf.io.ModelArtifacts | null): Topology {
  const topology = artifacts?.modelTopology as Partial<Topology> | null | undefined;
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
  const missing: string[] = networkNames.filter((name) => topology.networks?.[name] == null);
  missing.push(...(['options', 'weights'] as const).filter((part) => topology[part] == null));
  if (missing.length > 0) invalid(`the model lacks ${missing.join(', ')}. Copy it again, or save it again.`);
  return topology as Topology;
}

function metadataOf({ options: saved }: Topology): Metadata {
  try {
    const options = 'filters' in saved ? resolveCycleGANOptions(saved as CycleGANOptions) : undefined;
    if (options !== undefined) return { options, convention: options.convention };
    return { options, ...resolveOptions('CycleGAN', { convention: networkEntries.convention }, saved) };
  } catch (cause) {
    invalid(`its options are not valid. ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** Names in an error message: the first few. */
const few = (names: string[]) =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');

function checkWeights(names: string[], specs: tf.io.WeightsManifestEntry[], bytes: number): void {
  const missing = names.filter((name) => !specs.some((spec) => spec.name === name));
  if (missing.length > 0) {
    invalid(`the model lacks the weights ${few(missing)}. Copy it again, or save it again.`);
  }
  const foreign = specs.map((spec) => spec.name).filter((name, i) => name !== names[i]);
  if (foreign.length > 0) {
    invalid(
      `the weights ${few(foreign)} are not those that were saved. Copy the model again, or save it again.`,
    );
  }
  const wanted = bytesOf(specs);
  if (bytes !== wanted) {
    invalid(
      `the weights must have ${wanted} bytes, got ${bytes}. The file is cut or damaged: copy it again.`,
    );
  }
}

/** Bytes that the weights of `specs` take. Weights are float32 throughout, four bytes each. */
const bytesOf = (specs: tf.io.WeightsManifestEntry[]) =>
  specs.reduce((sum, { shape }) => sum + 4 * tf.util.sizeFromShape(shape), 0);

/** The networks and options of an artifact; everything is checked before a network is built. */
export async function fromArtifacts(
  artifacts: tf.io.ModelArtifacts,
): Promise<Metadata & { networks: CycleGANNetworks }> {
  const topology = topologyOf(artifacts);
  const metadata = metadataOf(topology);
  const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
  const data = tf.io.CompositeArrayBuffer.join(weightData);
  checkWeights(topology.weights, weightSpecs, data.byteLength);
  registerLayers();
  const networks: Partial<Record<keyof CycleGANNetworks, LayersModel>> = {};
  let offset = 0;
  try {
    for (const name of networkNames) {
      const own = weightSpecs.filter((spec) => spec.name.startsWith(`${name}/`));
      const bytes = bytesOf(own);
      networks[name] = await loadLayersModel(
        tf.io.fromMemory({
          modelTopology: topology.networks[name],
          weightSpecs: own.map((spec) => ({ ...spec, name: spec.name.slice(name.length + 1) })),
          weightData: data.slice(offset, offset + bytes),
        }),
      );
      offset += bytes;
    }
    checkFit('CycleGAN.load', networks as CycleGANNetworks);
  } catch (cause) {
    for (const network of Object.values(networks)) network.dispose();
    if (isCycleGANError(cause)) throw cause;
    invalid(`a network cannot be built: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  return { ...metadata, networks: networks as CycleGANNetworks };
}

/** The handlers that tfjs has for a URL. Like tfjs, takes a path without `scheme://` as one of the page. */
function handlersFor(url: string, purpose: 'save' | 'load'): tf.io.IOHandler[] {
  if (purpose === 'save') return tf.io.getSaveHandlers(url);
  const relative = !url.includes('://') && tf.env().getBool('IS_BROWSER');
  return relative ? [tf.io.http(url)] : tf.io.getLoadHandlers(url);
}

/** The one handler for `target`: a handler itself, or the one that tfjs knows for a URL. */
export function ioHandler(
  where: string,
  target: string | tf.io.IOHandler,
  purpose: 'save' | 'load',
): tf.io.IOHandler {
  if (typeof target === 'object' && (target as unknown) !== null) {
    if (typeof target[purpose] === 'function') return target;
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: this IO handler cannot ${purpose}.`);
  }
  const [handler] = typeof target === 'string' ? handlersFor(target, purpose) : [];
  if (handler === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected an IO handler or a URL that one is registered for, got ${show(target)}. ` +
        `In Node use fileSystem(folder) of 'ts-cyclegan/node', or 'file://…' with @tensorflow/tfjs-node.`,
    );
  }
  return handler;
}
