/** Loads the model of a path on the command line: a saved model, the model of a run, or a weight file of another program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { CUT } from '../models/cut.js';
import { CycleGAN } from '../models/cyclegan.js';
import { GAN } from '../models/gan.js';
import { Pix2Pix } from '../models/pix2pix.js';
import { Translator } from '../models/translator.js';
import { fileSystem, resumeRun } from '../node/index.js';
import { formatOfFile } from './interop/formats.js';
import { formatToRead, readModel } from './interop/import-files.js';
import { modelInfo } from './info/model-info.js';
import { checkExists, targetOf } from './targets.js';

/** A model of any algorithm. */
export type AnyModel = CycleGAN | Pix2Pix | CUT | GAN | Translator;

async function load(folder: string): Promise<AnyModel> {
  const { algorithm, networks } = await modelInfo(folder);
  if (algorithm === 'gan') return GAN.load(fileSystem(folder));
  if (algorithm === 'pix2pix') return Pix2Pix.load(fileSystem(folder));
  if (algorithm === 'cut') return CUT.load(fileSystem(folder));
  const isAlone = Object.keys(networks).length === 1;
  return isAlone ? Translator.load(fileSystem(folder)) : CycleGAN.load(fileSystem(folder));
}

/**
 * Refuses a path that {@link withModel} cannot load, as far as names tell.
 *
 * @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`
 */
export async function checkModelPath(path: string): Promise<void> {
  if (formatOfFile(path) === undefined) {
    await targetOf(path);
    return;
  }
  await formatToRead([path]);
  await checkExists(path);
}

/**
 * Runs `use` with the model of a path, which may be a weight file of another program. For a run without a model, it is the model of the newest checkpoint.
 *
 * @param use gets the notes of `importModel` for a weight file, too
 * @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_MODEL`
 */
export async function withModel<T>(
  path: string,
  use: (model: AnyModel, notes: readonly string[]) => Promise<T>,
): Promise<T> {
  if (formatOfFile(path) !== undefined) {
    const { model, notes } = await readModel([path], {});
    try {
      return await use(model, notes);
    } finally {
      model.dispose();
    }
  }
  const { type, folder } = await targetOf(path);
  const saved = type === 'run' ? join(folder, 'model') : folder;
  if (type === 'model' || existsSync(join(saved, 'model.json'))) {
    const model = await load(saved);
    try {
      return await use(model, []);
    } finally {
      model.dispose();
    }
  }
  const { trainer } = await resumeRun(folder);
  const { model } = trainer;
  try {
    if (trainer.step === 0) {
      throw new CycleGANError(
        'NOT_FOUND',
        `the run ${show(folder)} has neither a model nor a checkpoint yet. Wait for the first checkpoint.`,
      );
    }
    return await trainer.withAverages(() => use(model, []));
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
