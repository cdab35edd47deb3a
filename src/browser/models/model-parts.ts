/** A saved model as its parts: the text of `model.json`, and the bytes of its weights. */
import type { io } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { sha256 } from '../../core/sha256.js';
import { bytesOf } from '../../core/weight-specs.js';
import { show } from '../../core/options.js';
import { type ModelJson, parseModel } from '../../models/model-json.js';

/** Where the parts of a model come from. */
export interface ModelPlace {
  /** Name of the function, for messages. */
  readonly where: string;
  /** The name of `model.json`, for messages. */
  readonly name: string;
}

/** A checked `model.json`. */
export interface ModelHead {
  readonly json: ModelJson;
  /** Bytes of all weights. */
  readonly bytes: number;
}

/** @throws CycleGANError `INVALID_MODEL` */
export async function readHead({ where, name }: ModelPlace, text: string): Promise<ModelHead> {
  const refuse = (fault: string): never => {
    throw new CycleGANError('INVALID_MODEL', `${where}: ${show(name)} ${fault}.`);
  };
  if (text.trimStart().startsWith('<')) {
    refuse(
      'is a page, not a model.json. Servers of single-page applications answer so if there is no such file: check the URL',
    );
  }
  const json = await parseModel(text, refuse);
  const bytes = bytesIn(json.weightsManifest.flatMap(({ weights }) => weights));
  if (Number.isNaN(bytes)) refuse('has weights that are strings');
  return { json, bytes };
}

const bytesIn = (specs: readonly io.WeightsManifestEntry[]): number =>
  specs.reduce((sum, spec) => sum + bytesOf(spec), 0);

/** One file of weights. */
export interface WeightsFile {
  readonly path: string;
  /** Where its bytes belong. The file may have fewer or more. */
  readonly target: Uint8Array;
}

/**
 * Reads the weights of a model, and checks their sizes and hashes.
 *
 * @param read writes the bytes of a file into `target`, as far as they fit, and returns the size of the file
 * @throws CycleGANError `INVALID_MODEL`, and what `read` throws
 */
export async function readWeights(
  { where, name }: ModelPlace,
  { json, bytes }: ModelHead,
  read: (file: WeightsFile) => Promise<number>,
): Promise<io.ModelArtifacts> {
  const data = new Uint8Array(bytes);
  const { weightsManifest, integrity, ...rest } = json;
  const refuse = (path: string, fault: string): never => {
    throw new CycleGANError(
      'INVALID_MODEL',
      `${where}: ${show(path)} of ${show(name)} ${fault}. Load or save the model again.`,
    );
  };
  let at = 0;
  let end = 0;
  for (const { paths, weights } of weightsManifest) {
    end += bytesIn(weights);
    for (const path of paths) {
      const target = data.subarray(at, end);
      const size = await read({ path, target });
      if (size > target.length || (path === paths.at(-1) && size < target.length)) {
        refuse(
          path,
          `must have ${target.length} bytes of weights, got ${size}: it is truncated, or from another model`,
        );
      }
      const own = target.subarray(0, size);
      if (integrity !== undefined && integrity.files[path] !== (await sha256(own))) {
        refuse(path, 'has been changed: its SHA-256 hash differs');
      }
      at += size;
    }
  }
  return {
    ...rest,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: data.buffer,
  };
}
