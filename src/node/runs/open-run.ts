/** Opens a run folder for training: a new one, or one that is resumed. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { Training } from '../../trainer/engine/training.js';
import { isUnfinished } from '../files/write-file.js';
import { listCheckpoints } from './checkpoints.js';
import { configOf } from './config-of.js';
import { readConfig, type RunConfig, writeConfig } from './config.js';
import { cutMetrics } from './metrics-file.js';
import { runPaths, stepOf } from './paths.js';

const where = 'runFolder';

/**
 * Writes `config.json`. Removes metrics, samples and checkpoints of later steps, which will be repeated, and what killed programs
 * left.
 *
 * @throws CycleGANError `INVALID_STATE` if the folder has another run
 */
export async function openRun(
  folder: string,
  trainer: Training,
  run: Pick<RunConfig, 'checkpointEvery' | 'sampleEvery' | 'plan'>,
  info: Readonly<Record<string, unknown>>,
): Promise<void> {
  const paths = runPaths(folder);
  const config = configOf(trainer, run, info);
  if (existsSync(paths.config)) {
    const old = await readConfig(where, folder);
    await checkSameRun(folder, trainer, old, config);
    const { created, versions, ...own } = old;
    await writeConfig(folder, { ...own, ...config, created, versions: { ...versions, ...config.versions } });
  } else {
    const [found] = await listCheckpoints(paths.checkpoints);
    if (found !== undefined) throw refusal(folder, `has checkpoints but no config.json`);
    await writeConfig(folder, config);
  }
  await cutMetrics(paths.metrics, trainer.step);
  await removeAfter(paths.samples, ['.png', '.json'], trainer.step);
  await removeAfter(paths.checkpoints, ['.safetensors'], trainer.step);
  for (const own of [folder, paths.samples, paths.checkpoints]) await removeUnfinished(own);
}

/** Refuses a trainer that does not continue the run of the folder. */
async function checkSameRun(
  folder: string,
  { step }: Training,
  old: RunConfig,
  config: RunConfig,
): Promise<void> {
  if (old.algorithm !== config.algorithm) {
    throw refusal(folder, `has a run of the algorithm ${show(old.algorithm)}, this trainer runs ${show(config.algorithm)}`); // prettier-ignore
  }
  const steps = (await listCheckpoints(runPaths(folder).checkpoints)).map((checkpoint) => checkpoint.step);
  const last = steps[0];
  if (last === undefined || steps.includes(step)) return;
  throw refusal(folder, `has a run of ${last} steps, this trainer has completed ${step}`);
}

const refusal = (folder: string, fault: string): CycleGANError =>
  new CycleGANError(
    'INVALID_STATE',
    `${where}: ${show(folder)} ${fault}. Resume the run with resumeRun(${show(folder)}), or use another folder.`,
  );

async function removeAfter(folder: string, extensions: readonly string[], step: number): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const at = extensions.map((extension) => stepOf(name, extension)).find((found) => found !== undefined);
    if (at !== undefined && at > step) await rm(join(folder, name), { force: true });
  }
}

/** Removes temporary files of killed programs. The caller holds the lock, so nobody writes them. */
async function removeUnfinished(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    if (isUnfinished(name, () => true)) await rm(join(folder, name), { force: true });
  }
}
