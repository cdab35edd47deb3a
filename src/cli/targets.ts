/** What a path on the command line stands for: a run folder, or a saved model. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { filesIn } from './info/model-info.js';

/** A run folder, or the folder of a model. */
export interface Target {
  type: 'run' | 'model';
  folder: string;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/**
 * Finds out what a path stands for. A `model.json` stands for its folder.
 *
 * @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`
 */
export async function targetOf(path: string): Promise<Target> {
  if (basename(path) === 'model.json' && (await isFile(path)))
    return { type: 'model', folder: dirname(path) };
  if (await isFile(join(path, 'config.json'))) return { type: 'run', folder: path };
  if (await isFile(join(path, 'model.json'))) return { type: 'model', folder: path };
  await checkExists(path);
  const weights = (await filesIn(path, /\.(pth|pt|safetensors|h5|keras)$/))[0];
  const advice =
    weights === undefined
      ? ''
      : ` The folder has ${weights.name}, a weight file of another program: make a model of it with npx ts-cyclegan import.`;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${show(path)} must be a run folder, which has a config.json, or a saved model, which has a model.json.${advice}`,
  );
}

/** @throws CycleGANError `NOT_FOUND` */
export async function checkExists(path: string): Promise<void> {
  const exists = await stat(path).catch(() => undefined);
  if (exists === undefined) {
    throw new CycleGANError('NOT_FOUND', `there is no file or folder ${show(path)}.`);
  }
}
