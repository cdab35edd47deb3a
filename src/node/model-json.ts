/**
 * `model.json` as text: the format of `tf.io.ModelJSON`, and beside it hashes of the files of weights and of the text
 * itself. Other readers pass over these; files of other programs, which have none, are read without them.
 */
import type { io } from '@tensorflow/tfjs-core';
import { sha256 } from '../core/sha256.js';
import { show } from '../core/options.js';
import { specFault } from '../core/weight-specs.js';

/** Raised when a change makes older readers misread what is written. */
const version = 1;

interface Integrity {
  version: number;
  /** SHA-256 of each file of weights. */
  files: Record<string, string>;
  /** SHA-256 of this model.json as it is without this entry. */
  sha256: string;
}

/** A tfjs model.json, with or without hashes. */
export type ModelJson = io.ModelJSON & { integrity?: Integrity };

/** The text of model.json; `files` are the hashes of the files that the manifest names. */
export async function modelText(model: io.ModelJSON, files: Integrity['files']): Promise<string> {
  const integrity = { version, files };
  const hash = await sha256(JSON.stringify({ ...model, integrity }));
  return JSON.stringify({ ...model, integrity: { ...integrity, sha256: hash } });
}

/** The model of a text. `refuse` is called with what is wrong, in words. */
export async function parseModel(text: string, refuse: (fault: string) => never): Promise<ModelJson> {
  let model: Partial<ModelJson> | null;
  try {
    model = JSON.parse(text) as Partial<ModelJson> | null;
  } catch {
    return refuse('must be JSON, but is cut or damaged');
  }
  const { modelTopology, weightsManifest, integrity } = model ?? {};
  const isModel =
    typeof modelTopology === 'object' && Array.isArray(weightsManifest) && weightsManifest.every(isGroup);
  if (!isModel) return refuse('must hold "modelTopology" and "weightsManifest" of a tfjs model');
  if (integrity !== undefined) await checkHash(model as ModelJson, refuse);
  const fault = specFault(weightsManifest.flatMap((group) => group.weights));
  if (fault !== undefined) refuse(`is damaged: ${fault}`);
  return model as ModelJson;
}

async function checkHash(model: ModelJson, refuse: (fault: string) => never): Promise<void> {
  const { sha256: expected, ...rest } = (model.integrity ?? {}) as Partial<Integrity>;
  if (typeof expected !== 'string' || typeof rest.files !== 'object' || (rest.files as unknown) === null) {
    refuse('is damaged: its hashes are gone');
  }
  if (rest.version !== version) {
    refuse(`was saved in version ${show(rest.version)} of the files, this library reads version ${version}`);
  }
  if (expected !== (await sha256(JSON.stringify({ ...model, integrity: rest })))) {
    refuse('is not as it was saved: it has another SHA-256 hash');
  }
}

const isGroup = (group: Partial<io.WeightsManifestConfig[number]> | null): boolean =>
  Array.isArray(group?.paths) &&
  group.paths.every((path) => typeof path === 'string') &&
  Array.isArray(group.weights) &&
  group.weights.every((entry: Partial<io.WeightsManifestEntry> | null) => Array.isArray(entry?.shape));
