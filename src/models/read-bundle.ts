/** Reads the networks and options of a saved model. Everything is checked before a network is built. */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { twoCopies } from '../core/two-copies.js';
import { sha256 } from '../core/sha256.js';
import { bytesOf, specFault } from '../core/weight-specs.js';
import { ownsRegistry } from '../layers/register.js';
import { buildSaved } from './build-saved.js';
import { format, kinds, type ModelKind, type Topology, topologyHash, version } from './bundle.js';
import { ioHandler, loadArtifacts } from './io-handler.js';
import { topologyFault } from './network-topology.js';
import { nonFiniteWeight } from './saved-weights.js';
import { joinParts, type PartsHandler } from './weight-parts.js';

/** The description of a kind of model, for the reader. */
export interface SavedKind<Name extends string, Options> {
  readonly kind: ModelKind;
  /** All networks of such a model, in order. */
  readonly networks: readonly Name[];
  /** The networks that a file may contain alone. */
  readonly alone: readonly Name[];
  /** The networks that may be missing. */
  readonly optional?: readonly Name[];
  /** Checks the saved options. */
  readonly options: (saved: object) => Options;
}

/** A checked model that can be built. */
export interface SavedModel<Name extends string, Options> {
  options: Options;
  /** The networks that it has. */
  names: Name[];
  /** Builds one network. */
  build: (name: Name) => LayersModel;
}

type Refuse = (message: string, cause?: unknown) => never;

const refuseAt =
  (where: string): Refuse =>
  (message, cause) => {
    throw new CycleGANError('INVALID_MODEL', `${where}: ${message}`, { cause });
  };

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/**
 * @param source a handler or a URL
 * @throws CycleGANError `INVALID_MODEL`, and those of `loadArtifacts`
 */
export async function readBundle<Name extends string, Options>(
  where: string,
  expected: SavedKind<Name, Options>,
  source: string | tf.io.IOHandler,
): Promise<SavedModel<Name, Options>> {
  const handler: PartsHandler = ioHandler(where, source, 'load');
  const artifacts = (await loadArtifacts(where, handler, source)) as tf.io.ModelArtifacts | null;
  if (!ownsRegistry()) throw twoCopies(where, 'the registry holds classes');
  const refuse = refuseAt(where);
  const topology = checkTopology(expected, artifacts?.modelTopology, refuse);
  const options = optionsOf(expected, topology, refuse);
  const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts!;
  const data = joinParts(weightData);
  checkWeights(topology.weights, weightSpecs, data.byteLength, refuse);
  const names = expected.networks.filter((name) => topology.networks[name] !== undefined);
  for (const name of names) {
    const fault = faultOf(() => topologyFault(topology.networks[name]));
    if (fault !== undefined) refuse(`a network cannot be built: ${name}: ${fault}.`);
  }
  const hashOf = handler.sha256OfParts ?? (([bytes]) => sha256(new Uint8Array(bytes!)));
  await checkIntegrity(topology, weightSpecs, data, hashOf, refuse);
  const build = (name: Name): LayersModel => {
    const own = weightSpecs.filter((spec) => spec.name.startsWith(`${name}/`));
    const before = weightSpecs.slice(0, weightSpecs.indexOf(own[0]!));
    const [start, length] = [before, own].map((list) => list.reduce((sum, spec) => sum + bytesOf(spec), 0));
    const specs = own.map((spec) => ({ ...spec, name: spec.name.slice(name.length + 1) }));
    try {
      const isAlone = length === data.byteLength; // one generator, of 45 MB: not copied
      const bytes = isAlone ? data : data.slice(start, start! + length!);
      return buildSaved(where, topology.networks[name]!, specs, bytes);
    } catch (cause) {
      if (isCycleGANError(cause, 'UNSUPPORTED')) throw cause;
      return refuse(`a network cannot be built: ${name}: ${messageOf(cause)}`, cause);
    }
  };
  return { options, names, build };
}

/** Runs a check that may exceed the call stack if a topology is nested too deeply. */
function faultOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return messageOf(error);
  }
}

function checkTopology<Name extends string>(
  expected: SavedKind<Name, unknown>,
  given: unknown,
  refuse: Refuse,
): Topology {
  const topology = given as Partial<Topology> | null | undefined;
  const title = kinds[expected.kind];
  if (topology?.format !== format) {
    refuse(
      `this is not a saved ${title}. To load a single layers model, call registerLayers() and tf.loadLayersModel.`,
    );
  }
  if (topology.version !== 1 && topology.version !== version) {
    refuse(
      `the model has format version ${show(topology.version)}, but this library reads versions 1 and ${version}. ` +
        `Use the version of ts-cyclegan that saved it, or a newer one.`,
    );
  }
  checkKind(expected.kind, topology.version === 1 ? 'cyclegan' : topology.kind, refuse);
  const { networks } = topology;
  const there = expected.networks.filter((name) => networks?.[name] != null);
  const isAlone = there.length === 1 && expected.alone.includes(there[0]!);
  const missing: string[] = expected.networks.filter(
    (name) => !isAlone && !there.includes(name) && expected.optional?.includes(name) !== true,
  );
  const parts = ['options', 'weights', 'integrity'] as const;
  missing.push(
    ...parts.filter((part) => typeof topology[part] !== 'object' || (topology[part] as unknown) === null),
  );
  if (missing.length > 0)
    refuse(`${missing.join(', ')} missing in the model. Copy it again, or save it again.`);
  if (!Array.isArray(topology.weights))
    refuse('the list of weights is damaged. Copy the model again, or save it again.');
  return {
    ...topology,
    networks: Object.fromEntries(there.map((name) => [name, networks![name]])),
  } as Topology;
}

function checkKind(expected: ModelKind, kind: unknown, refuse: Refuse): void {
  if (kind === expected) return;
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) {
    const name = kinds[kind as ModelKind];
    refuse(`the file holds a ${name}, not a ${kinds[expected]}. Load it with ${name}.load.`);
  }
  refuse(
    `the file holds a model of unknown kind ${show(kind)}. ` +
      'Use the version of ts-cyclegan that saved it, or a newer one.',
  );
}

function optionsOf<Options>(
  expected: SavedKind<string, Options>,
  { options }: Topology,
  refuse: Refuse,
): Options {
  try {
    return expected.options(options);
  } catch (cause) {
    return refuse(`the saved options are not valid. ${messageOf(cause)}`, cause);
  }
}

/** The first few names, for an error message. */
const few = (names: string[]) =>
  names.slice(0, 3).map(String).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');

function checkWeights(
  names: string[],
  specs: tf.io.WeightsManifestEntry[],
  bytes: number,
  refuse: Refuse,
): void {
  const fault = specFault(specs);
  if (fault !== undefined) refuse(`${fault}. Copy the model again, or save it again.`);
  const present = new Set(specs.map((spec) => spec.name));
  const missing = names.filter((name) => !present.has(name));
  if (missing.length > 0) {
    refuse(`weights are missing in the model: ${few(missing)}. Copy it again, or save it again.`);
  }
  const foreign = specs.map((spec) => spec.name).filter((name, i) => name !== names[i]);
  if (foreign.length > 0) {
    refuse(`unexpected weights in the model: ${few(foreign)}. Copy it again, or save it again.`);
  }
  const wanted = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (bytes !== wanted) {
    refuse(
      `the weights must have ${wanted} bytes, got ${bytes}. The file is truncated or damaged. Copy it again.`,
    );
  }
}

async function checkIntegrity(
  topology: Topology,
  specs: readonly tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
  hashOf: NonNullable<PartsHandler['sha256OfParts']>,
  refuse: Refuse,
): Promise<void> {
  const { integrity } = topology;
  const hash = await topologyHash(topology, specs).catch(() => undefined);
  if (integrity.sha256 !== hash) {
    refuse(
      'the model has been modified: the SHA-256 hash of its topology differs. Copy it again, or save it again.',
    );
  }
  // weights that another program has quantized have other bytes
  const asSaved = specs.every(({ dtype, quantization }) =>
    integrity.dtype === 'float16' && dtype === 'float32'
      ? quantization?.dtype === 'float16'
      : quantization === undefined,
  );
  if (asSaved && integrity.weights !== (await hashOf([data]))) {
    refuse(
      'the weights have been modified: their SHA-256 hash differs. Copy the model again, or save it again.',
    );
  }
  const bad = nonFiniteWeight(specs, data);
  if (bad !== undefined) refuse(`the weight ${show(bad)} holds NaN or Infinity. Use an earlier model.`);
}
