/**
 * `model.json` as text: the format of `tf.io.ModelJSON`, with hashes of the weight files and of the text itself. Other programs
 * ignore the hashes. Files of other programs, which have no hashes, are read without checking them.
 */
import type { io } from '@tensorflow/tfjs-core';
import { sha256 } from '../core/sha256.js';
import { show } from '../core/options.js';
import { specFault } from '../core/weight-specs.js';

/** Increased if older versions of the library would misread new files. */
const version = 1;

interface Integrity {
  version: number;
  /** SHA-256 of each weight file. */
  files: Record<string, string>;
  /** SHA-256 of this model.json without this entry. */
  sha256: string;
}

/** A tfjs model.json, with or without hashes. */
export type ModelJson = io.ModelJSON & { integrity?: Integrity };

/** Creates the text of model.json. `files` are the hashes of the weight files. */
export async function modelText(model: io.ModelJSON, files: Integrity['files']): Promise<string> {
  const integrity = { version, files };
  const hash = await sha256(JSON.stringify({ ...model, integrity }));
  return JSON.stringify({ ...model, integrity: { ...integrity, sha256: hash } });
}

/** Parses the text of model.json. `refuse` is called with a description of the fault. */
export async function parseModel(text: string, refuse: (fault: string) => never): Promise<ModelJson> {
  let model: Partial<ModelJson> | null;
  try {
    model = JSON.parse(text) as Partial<ModelJson> | null;
  } catch {
    return refuse('must be JSON, but is truncated or damaged');
  }
  const { modelTopology, weightsManifest, integrity } = model ?? {};
  const isModel =
    typeof modelTopology === 'object' && Array.isArray(weightsManifest) && weightsManifest.every(isGroup);
  if (!isModel) return refuse('must have "modelTopology" and "weightsManifest" of a tfjs model');
  if (integrity !== undefined) await checkHash(model as ModelJson, refuse);
  const fault = specFault(weightsManifest.flatMap((group) => group.weights));
  if (fault !== undefined) refuse(`is damaged: ${fault}`);
  return model as ModelJson;
}

async function checkHash(model: ModelJson, refuse: (fault: string) => never): Promise<void> {
  const { sha256: expected, ...rest } = (model.integrity ?? {}) as Partial<Integrity>;
  if (typeof expected !== 'string' || typeof rest.files !== 'object' || (rest.files as unknown) === null) {
    refuse('is damaged: its hashes are missing');
  }
  if (rest.version !== version) {
    refuse(`was saved in version ${show(rest.version)} of the files, this library reads version ${version}`);
  }
  if (expected !== (await sha256(JSON.stringify({ ...model, integrity: rest })))) {
    refuse('has been changed: its SHA-256 hash differs');
  }
}

const isGroup = (group: Partial<io.WeightsManifestConfig[number]> | null): boolean =>
  Array.isArray(group?.paths) &&
  group.paths.every((path) => typeof path === 'string') &&
  Array.isArray(group.weights) &&
  group.weights.every((entry: Partial<io.WeightsManifestEntry> | null) => Array.isArray(entry?.shape));
