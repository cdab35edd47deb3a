/** Loads the model of a path on the command line: a saved model, or the model of a run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { CycleGAN } from '../models/cyclegan.js';
import { GAN } from '../models/gan.js';
import { Pix2Pix } from '../models/pix2pix.js';
import { Translator } from '../models/translator.js';
import { fileSystem, resumeRun } from '../node/index.js';
import { modelInfo } from './info/model-info.js';
import { targetOf } from './targets.js';

/** A model of any algorithm. */
export type AnyModel = CycleGAN | Pix2Pix | GAN | Translator;

async function load(folder: string): Promise<AnyModel> {
  const { algorithm, networks } = await modelInfo(folder);
  if (algorithm === 'gan') return GAN.load(fileSystem(folder));
  if (algorithm === 'pix2pix') return Pix2Pix.load(fileSystem(folder));
  const isAlone = Object.keys(networks).length === 1;
  return isAlone ? Translator.load(fileSystem(folder)) : CycleGAN.load(fileSystem(folder));
}

/**
 * Runs `use` with the model of a path. For a run without a model, it is the model of the newest checkpoint.
 *
 * @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_MODEL`
 */
export async function withModel<T>(path: string, use: (model: AnyModel) => Promise<T>): Promise<T> {
  const { type, folder } = await targetOf(path);
  const saved = type === 'run' ? join(folder, 'model') : folder;
  if (type === 'model' || existsSync(join(saved, 'model.json'))) {
    const model = await load(saved);
    try {
      return await use(model);
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
    return await trainer.withAverages(() => use(model));
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
