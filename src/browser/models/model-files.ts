/** Models as files that a person downloads from a page, or chooses in it. Node reads them with `fileSystem(folder)`. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { sha256 } from '../../core/sha256.js';
import type { CycleGAN, SaveOptions } from '../../models/cyclegan.js';
import { modelText } from '../../models/model-json.js';
import { type ModelPlace, readHead, readWeights } from './model-parts.js';

const weightsName = 'weights.bin';

/**
 * A model as two files, `model.json` and `weights.bin`. Put into one folder, `Translator.load(fileSystem(folder))` and
 * `CycleGAN.load(fileSystem(folder))` read them in Node, and {@link loadTranslator} in pages.
 *
 * @param options which generator, and whether weights are rounded to 16 bits, as for `model.save`
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`, `NOT_A_NUMBER`
 */
export async function modelFiles(model: CycleGAN, options: SaveOptions = {}): Promise<File[]> {
  let files: File[] = [];
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    files = await toFiles(artifacts);
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  });
  await model.save(handler, options);
  return files;
}

async function toFiles(artifacts: tf.io.ModelArtifacts): Promise<File[]> {
  const { weightSpecs = [], weightData = [], getWeightStream: _, ...rest } = artifacts;
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
  const manifest = [{ paths: [weightsName], weights: weightSpecs }];
  const text = await modelText({ ...rest, weightsManifest: manifest } as tf.io.ModelJSON, {
    [weightsName]: await sha256(bytes),
  });
  return [
    new File([text], 'model.json', { type: 'application/json' }),
    new File([bytes], weightsName, { type: 'application/octet-stream' }),
  ];
}

/**
 * Reads a model from the files that a person has chosen.
 *
 * @throws CycleGANError `NOT_FOUND` if one is missing, `INVALID_MODEL`
 */
export async function filesModel(where: string, files: readonly File[]): Promise<tf.io.ModelArtifacts> {
  const named = (name: string): File => {
    const found = files.find((file) => file.name === name);
    if (found) return found;
    throw new CycleGANError(
      'NOT_FOUND',
      `${where}: the files must include "${name}", got ${files.map((file) => `"${file.name}"`).join(', ') || 'none'}. ` +
        'Choose model.json and its weights together.',
    );
  };
  const place: ModelPlace = { where, name: 'model.json' };
  const head = await readHead(place, await named('model.json').text());
  return await readWeights(place, head, async ({ path, target }) => {
    const bytes = new Uint8Array(await named(path).arrayBuffer());
    target.set(bytes.subarray(0, target.length));
    return bytes.length;
  });
}
