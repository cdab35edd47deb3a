/**
 * A folder as a place for models, in the files of tfjs itself: `model.json`, and one file of weights. Saving over
 * an older model never leaves a mixture: the new weights go into a file that the old `model.json` does not name,
 * and the new `model.json` takes effect at once, when it is renamed.
 * Source: the format of `tf.io.ModelJSON`; @tensorflow/tfjs-node's file:// handler writes the same one.
 */
import { statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { writeFileAtomically } from './write-file.js';

/** The two names that files of weights take turns with. */
const weightFiles = ['weights.bin', 'weights-2.bin'] as const;

/**
 * Saves models to a folder and loads them from it, without @tensorflow/tfjs-node. Models of other programs in
 * tfjs' format, with several files of weights, load too.
 *
 * @param folder is created on saving
 * @throws CycleGANError at once: `INVALID_ARGUMENT` for what is no folder; on loading: `NOT_FOUND` for a missing folder or file, `INVALID_MODEL` for files that are
 * cut, do not fit together or are no model
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
export function fileSystem(folder: string): io.IOHandler {
  const given: unknown = folder;
  if (typeof given !== 'string' || given === '' || statSync(given, { throwIfNoEntry: false })?.isFile()) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `fileSystem: folder must be the path of a folder, got ${show(given)}. Give the folder that holds model.json.`,
    );
  }
  return { save: (artifacts) => save(folder, artifacts), load: () => load(folder) };
}

async function save(folder: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData = [], getWeightStream: _, ...rest } = artifacts;
  const used = await weightsInUse(folder);
  const name = weightFiles.find((file) => !used.includes(file)) ?? weightFiles[0];
  const model = { ...rest, weightsManifest: [{ paths: [name], weights: weightSpecs }] };
  await writeFileAtomically(join(folder, name), new Uint8Array(io.CompositeArrayBuffer.join(weightData)));
  await writeFileAtomically(join(folder, 'model.json'), JSON.stringify(model));
  for (const old of weightFiles) if (old !== name) await rm(join(folder, old), { force: true });
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

/** The files that a model in the folder needs; none where there is no model that could be loaded. */
async function weightsInUse(folder: string): Promise<string[]> {
  try {
    return (await readModelJson(folder)).weightsManifest.flatMap((group) => group.paths);
  } catch (error) {
    if (isCycleGANError(error)) return [];
    throw error;
  }
}

async function load(folder: string): Promise<io.ModelArtifacts> {
  const { weightsManifest, ...rest } = await readModelJson(folder);
  const parts: Uint8Array[] = [];
  for (const { paths, weights } of weightsManifest) {
    const group: Uint8Array[] = [];
    for (const path of paths) group.push(await read(join(folder, insideFolder(folder, path))));
    checkSize(folder, paths, group, weights);
    parts.push(...group);
  }
  const weightData = Uint8Array.from(Buffer.concat(parts)).buffer; // a buffer of its own, not Node's pool
  return { ...rest, weightSpecs: weightsManifest.flatMap((group) => group.weights), weightData };
}

async function readModelJson(folder: string): Promise<io.ModelJSON> {
  const path = join(folder, 'model.json');
  const bytes = await read(path);
  let model: Partial<io.ModelJSON> | null;
  try {
    model = JSON.parse(bytes.toString()) as Partial<io.ModelJSON> | null;
  } catch (cause) {
    throw invalid(`${show(path)} must be JSON, but is cut or damaged`, { cause });
  }
  const { weightsManifest, modelTopology } = model ?? {};
  const isModel = modelTopology && Array.isArray(weightsManifest) && weightsManifest.every(isGroup);
  if (!isModel)
    throw invalid(`${show(path)} must hold "modelTopology" and "weightsManifest" of a tfjs model`);
  return model as io.ModelJSON;
}

const isGroup = (group: Partial<io.WeightsManifestConfig[number]> | null): boolean =>
  Array.isArray(group?.paths) &&
  group.paths.every((path) => typeof path === 'string') &&
  Array.isArray(group.weights) &&
  group.weights.every((entry: Partial<io.WeightsManifestEntry> | null) => Array.isArray(entry?.shape));

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
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

/** Bytes of a number, as it is stored. */
const bytesOf = { float32: 4, int32: 4, bool: 1, complex64: 8, string: NaN, uint8: 1, uint16: 2, float16: 2 };

function checkSize(
  folder: string,
  paths: string[],
  parts: Uint8Array[],
  weights: io.WeightsManifestEntry[],
): void {
  // The length of texts is only known from the texts themselves.
  if (weights.some(({ dtype }) => dtype === 'string')) return;
  const numbers = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const expected = sum(
    weights.map(({ shape, dtype, quantization }) => numbers(shape) * bytesOf[quantization?.dtype ?? dtype]),
  );
  const found = sum(parts.map((part) => part.length));
  if (found !== expected) {
    throw invalid(
      `${paths.map((path) => show(join(folder, path))).join(', ')} must hold ${expected} bytes of weights, ` +
        `got ${found}: cut, or of another model`,
    );
  }
}

function invalid(what: string, options?: { cause: unknown }): CycleGANError {
  return new CycleGANError('INVALID_MODEL', `fileSystem.load: ${what}. Save the model again.`, options);
}
