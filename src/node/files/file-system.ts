/**
 * Saves models to a folder, in the format of tfjs (`tf.io.ModelJSON`, as `@tensorflow/tfjs-node` writes it): `model.json` and
 * weight files, which are named after their content. Replacing an older model is atomic: new weights are written to new files,
 * and the new `model.json` takes effect when it is renamed.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { optional, resolveOptions, show, wholeNumber } from '../../core/options.js';
import { bytesOf } from '../../core/weight-specs.js';
import { checkFolder } from './check-folder.js';
import { piecesOf, sha256OfParts } from './hash-parts.js';
import { inTurn } from './in-turn.js';
import { type ModelJson, modelText, parseModel } from '../../models/model-json.js';
import type { PartsHandler } from '../../models/weight-parts.js';
import { type ModelFiles, weightFileNames, writeModel } from './write-model.js';

/** Options of {@link fileSystem}. */
export interface FileSystemOptions {
  /**
   * Maximum size of a weight file, in bytes. Browsers fetch several files at the same time and cache each.
   * @default one file of any size
   */
  shardSize?: number;
}

const entries = { shardSize: optional(wholeNumber(1)) };

/**
 * Saves models to a folder and loads them, without `@tensorflow/tfjs-node`: a `CycleGAN`, a single network, or any other model of
 * tfjs. It also loads models that other programs have saved in tfjs' format.
 *
 * A save is atomic: readers find either the old or the new model, also if the program is killed. Saves to the same folder take
 * turns. Weight files that `model.json` no longer names are removed, so copy the whole folder to keep a model. Loading checks the
 * SHA-256 hashes of all files that this function has saved.
 *
 * @param folder path of the folder; a save creates it if needed
 * @throws CycleGANError at the call: `INVALID_ARGUMENT` for an invalid path, `UNKNOWN_OPTION`, `INVALID_OPTION`. On loading:
 * `NOT_FOUND` for a missing folder or file, `INVALID_MODEL` for files that are truncated, changed, inconsistent or not a model,
 * `BUSY` if other programs replace the model faster than it can be read
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
  const handler: PartsHandler = {
    sha256OfParts,
    // saves are queued before hashing, to keep the order of the calls
    save: (artifacts) => inTurn(folder, () => save(folder, artifacts, shardSize ?? Infinity)),
    load: () => load(folder),
  };
  return handler;
}

async function save(folder: string, artifacts: io.ModelArtifacts, shardSize: number): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData = [], getWeightStream: _, ...rest } = artifacts;
  if (typeof rest.modelTopology !== 'object' || rest.modelTopology instanceof ArrayBuffer) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `fileSystem.save: modelTopology of the artifacts must be a JSON object, got ${show(rest.modelTopology)}.`,
    );
  }
  const { weights, hashes } = await shards(partsOf(weightData), shardSize);
  const manifest = [{ paths: Object.keys(weights), weights: weightSpecs }];
  const text = await modelText({ ...rest, weightsManifest: manifest } as io.ModelJSON, hashes);
  await writeModel(folder, { text, weights });
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

/** The bytes of weights in parts, without a copy. As in tfjs, a typed array stands for its buffer. */
const partsOf = (data: io.WeightData): Uint8Array[] =>
  (Array.isArray(data) ? data : [data]).map(
    (part) => new Uint8Array(ArrayBuffer.isView(part) ? (part.buffer as ArrayBuffer) : part),
  );

async function shards(parts: readonly Uint8Array[], shardSize: number) {
  const pieces = piecesOf(parts, shardSize);
  const weights: ModelFiles['weights'] = {};
  const hashes: Record<string, string> = {};
  const nameOf = weightFileNames(pieces.length);
  for (const [i, piece] of pieces.entries()) {
    const hash = await sha256OfParts(piece);
    const name = nameOf(hash, i);
    weights[name] = piece;
    hashes[name] = hash;
  }
  return { weights, hashes };
}

/** How often a load is retried if the model is replaced in the meantime. */
const mostAttempts = 100;

async function load(folder: string): Promise<io.ModelArtifacts> {
  const readText = async () => (await read(join(folder, 'model.json'))).toString();
  let text = await readText();
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    try {
      return await loadAs(folder, text);
    } catch (error) {
      const now = await readText();
      if (now === text) throw error; // each save writes another text, so the files are at fault
      text = now;
    }
  }
  throw new CycleGANError(
    'BUSY',
    `fileSystem.load: ${show(join(folder, 'model.json'))} was replaced ${mostAttempts} times while it was read. ` +
      'Save it less often, or load it later.',
  );
}

/** Loads the model with this text of model.json. */
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

/** The parts in one buffer, which is not part of Node's pool. A file that is alone in its buffer is not copied. */
function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const [{ buffer, byteLength } = new Uint8Array(0)] = parts;
  if (parts.length === 1 && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return buffer;
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

/** A model.json may come from an unknown source, so it must not name files outside of its folder. */
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
  if (Number.isNaN(expected)) return; // the size of strings is unknown
  const found = parts.reduce((sum, part) => sum + part.length, 0);
  if (found !== expected) {
    throw invalid(
      `${paths.map((path) => show(join(folder, path))).join(', ')} must have ${expected} bytes of weights, ` +
        `got ${found}: truncated, or from another model`,
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
    if (hashes[path] !== (await sha256OfParts([parts[i]!]))) {
      throw invalid(`${show(join(folder, path))} has been changed: its SHA-256 hash differs`);
    }
  }
}

function invalid(what: string, options?: { cause: unknown }): CycleGANError {
  return new CycleGANError('INVALID_MODEL', `fileSystem.load: ${what}. Save the model again.`, options);
}
