/**
 * A folder as a place for models, in the files of tfjs itself: `model.json`, and files of weights that are named after
 * their content. Saving over an older model never leaves a mixture: the new weights are files of their own, and
 * the new `model.json` takes effect at once, when it is renamed.
 * Source: the format of `tf.io.ModelJSON`; @tensorflow/tfjs-node's file:// handler writes the same one.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { optional, resolveOptions, show, wholeNumber } from '../core/options.js';
import { sha256 } from '../core/sha256.js';
import { bytesOf } from '../core/weight-specs.js';
import { checkFolder } from './check-folder.js';
import { inTurn } from './in-turn.js';
import { type ModelJson, modelText, parseModel } from './model-json.js';
import { type ModelFiles, weightFileNames, writeModel } from './write-model.js';

/** Options of {@link fileSystem}. */
export interface FileSystemOptions {
  /**
   * The size from which on weights are split into several files, in bytes: browsers fetch them at the same time and
   * cache them one by one.
   * @default one file, whatever its size
   */
  shardSize?: number;
}

const entries = { shardSize: optional(wholeNumber(1)) };

/**
 * Saves models to a folder and loads them from it, without @tensorflow/tfjs-node: a `CycleGAN`, a single network, or
 * any other model of tfjs. Models of other programs in tfjs' format load too.
 *
 * A save is atomic: a reader, or a program that is killed at any time, finds the old model or the new one. Saves to one
 * folder take turns. Files of weights are named after their content, and the ones that `model.json` no longer names
 * are removed, so copy the whole folder to keep a model. Loading checks SHA-256 hashes of all files that were saved here.
 *
 * @param folder is created on saving
 * @throws CycleGANError at once: `INVALID_ARGUMENT` for what is not a folder, `UNKNOWN_OPTION`, `INVALID_OPTION`; on
 * loading: `NOT_FOUND` for a missing folder or file, `INVALID_MODEL` for files that are cut, changed, do not fit
 * together or are not a model, `BUSY` if other programs replace the model faster than it can be read
 * @example
 * ```ts
 * import { CycleGAN } from 'ts-cyclegan';
 * import { fileSystem } from 'ts-cyclegan/node';
 * const roundTrip = async (model: CycleGAN) => {
 *   await model.save(fileSystem('runs/first'));
 *   return CycleGAN.load(fileSystem('runs/first'));
 * };
 * ```
 */
export function fileSystem(folder: string, options: FileSystemOptions = {}): io.IOHandler {
  checkFolder(folder);
  const { shardSize } = resolveOptions('fileSystem', entries, options);
  return {
    // hashing takes its time: turns are taken before it, in the order of the calls
    save: (artifacts) => inTurn(folder, () => save(folder, artifacts, shardSize ?? Infinity)),
    load: () => load(folder),
  };
}

async function save(folder: string, artifacts: io.ModelArtifacts, shardSize: number): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData = [], getWeightStream: _, ...rest } = artifacts;
  if (typeof rest.modelTopology !== 'object' || rest.modelTopology instanceof ArrayBuffer) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `fileSystem.save: the artifacts must have a modelTopology that is JSON, got ${show(rest.modelTopology)}.`,
    );
  }
  const bytes = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
  const { weights, hashes } = await shards(bytes, shardSize);
  const manifest = [{ paths: Object.keys(weights), weights: weightSpecs }];
  const text = await modelText({ ...rest, weightsManifest: manifest } as io.ModelJSON, hashes);
  await writeModel(folder, { text, weights });
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

async function shards(bytes: Uint8Array, shardSize: number) {
  const count = Math.max(1, Math.ceil(bytes.length / shardSize));
  const weights: ModelFiles['weights'] = {};
  const hashes: Record<string, string> = {};
  const nameOf = weightFileNames(count);
  for (let i = 0; i < count; i++) {
    const part = count === 1 ? bytes : bytes.subarray(i * shardSize, (i + 1) * shardSize);
    const hash = await sha256(part);
    const name = nameOf(hash, i);
    weights[name] = part;
    hashes[name] = hash;
  }
  return { weights, hashes };
}

/** How often a load starts over because the model was replaced meanwhile. */
const mostAttempts = 100;

async function load(folder: string): Promise<io.ModelArtifacts> {
  const readText = async () => (await read(join(folder, 'model.json'))).toString();
  let text = await readText();
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    try {
      return await loadAs(folder, text);
    } catch (error) {
      const now = await readText();
      if (now === text) throw error; // no two saves write the same text: the fault is in the files
      text = now;
    }
  }
  throw new CycleGANError(
    'BUSY',
    `fileSystem.load: ${show(join(folder, 'model.json'))} was replaced ${mostAttempts} times while it was read. ` +
      'Save it less often, or load it later.',
  );
}

/** The model that `text`, its model.json, describes. */
async function loadAs(folder: string, text: string): Promise<io.ModelArtifacts> {
  const jsonPath = show(join(folder, 'model.json'));
  const { weightsManifest, integrity, ...rest } = await parseModel(text, (fault) => {
    throw invalid(`${jsonPath} ${fault}`);
  });
  const parts: Uint8Array[] = [];
  for (const { paths, weights } of weightsManifest) {
    const group: Uint8Array[] = [];
    for (const path of paths) group.push(await read(join(folder, insideFolder(folder, path))));
    checkSize(folder, paths, group, weights);
    parts.push(...group);
  }
  if (integrity !== undefined) {
    await checkHashes(
      folder,
      integrity.files,
      weightsManifest.flatMap((group) => group.paths),
      parts,
    );
  }
  return {
    ...rest,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: joined(parts),
  };
}

/** One buffer of its own, not a part of Node's pool. */
function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.buffer;
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR'].includes(code)) {
      throw new CycleGANError('INVALID_MODEL', `fileSystem.load: ${show(path)} cannot be read: ${message}.`, {
        cause,
      });
    }
    throw new CycleGANError('NOT_FOUND', `fileSystem.load: there is no file ${show(path)}.`, { cause });
  }
}

/** A model.json may come from anywhere: it must not name files elsewhere. */
function insideFolder(folder: string, path: string): string {
  const outside = isAbsolute(path) || normalize(path).startsWith('..');
  if (outside)
    throw invalid(`${show(join(folder, 'model.json'))} names weights outside of its folder: ${show(path)}`);
  return path;
}

function checkSize(
  folder: string,
  paths: string[],
  parts: Uint8Array[],
  weights: io.WeightsManifestEntry[],
): void {
  const expected = weights.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (Number.isNaN(expected)) return; // strings: only they tell their length
  const found = parts.reduce((sum, part) => sum + part.length, 0);
  if (found !== expected) {
    throw invalid(
      `${paths.map((path) => show(join(folder, path))).join(', ')} must hold ${expected} bytes of weights, ` +
        `got ${found}: cut, or of another model`,
    );
  }
}

async function checkHashes(
  folder: string,
  hashes: NonNullable<ModelJson['integrity']>['files'],
  paths: string[],
  parts: Uint8Array[],
): Promise<void> {
  for (const [i, path] of paths.entries()) {
    if (hashes[path] !== (await sha256(parts[i]!))) {
      throw invalid(`${show(join(folder, path))} is not as it was saved: it has another SHA-256 hash`);
    }
  }
}

function invalid(what: string, options?: { cause: unknown }): CycleGANError {
  return new CycleGANError('INVALID_MODEL', `fileSystem.load: ${what}. Save the model again.`, options);
}
