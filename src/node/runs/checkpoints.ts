/** The folder of a run's checkpoints: finds the newest valid one, and removes old ones. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCycleGANError } from '../../core/errors.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import { codeOf } from '../files/error-code.js';
import { isUnfinished } from '../files/write-file.js';
import { readCheckpoint } from './checkpoint.js';
import { checkpointExtension, stepName, stepOf } from './paths.js';

/** A checkpoint of a folder. */
export interface CheckpointFile {
  /** Path of the file. */
  readonly path: string;
  /** Completed steps. */
  readonly step: number;
}

/** A checkpoint that could not be read. */
export interface DamagedCheckpoint extends CheckpointFile {
  readonly reason: string;
}

/** Which checkpoints are kept. */
export interface Keep {
  /** How many of the newest checkpoints are kept. */
  readonly keep: number;
  /** Checkpoints at multiples of this number of steps are kept forever. */
  readonly keepEvery?: number | undefined;
}

/** The checkpoints of a folder, the newest first. */
export async function listCheckpoints(folder: string): Promise<CheckpointFile[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .map((name) => ({ path: join(folder, name), step: stepOf(name, checkpointExtension) }))
    .filter((file): file is CheckpointFile => file.step !== undefined)
    .sort((a, b) => b.step - a.step);
}

/** The path of the checkpoint of a step. */
export const checkpointPath = (folder: string, step: number): string =>
  join(folder, stepName(step) + checkpointExtension);

/** Removes checkpoints that are not kept, and temporary files of killed programs. Only one program writes to the folder. */
export async function prune(folder: string, { keep, keepEvery = Infinity }: Keep): Promise<void> {
  const old = (await listCheckpoints(folder)).slice(keep).filter(({ step }) => step % keepEvery !== 0);
  for (const { path } of old) await rm(path, { force: true });
  for (const name of await readdir(folder)) {
    if (isUnfinished(name, () => true)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Reads the newest valid checkpoint.
 *
 * @returns undefined if there is none
 */
export async function newestCheckpoint(
  folder: string,
): Promise<{ state?: TrainerState; damaged: DamagedCheckpoint[] }> {
  const damaged: DamagedCheckpoint[] = [];
  for (const file of await listCheckpoints(folder)) {
    try {
      return { state: await readCheckpoint(file.path), damaged };
    } catch (error) {
      if (!isCycleGANError(error, 'INVALID_STATE')) throw error;
      damaged.push({ ...file, reason: error.message });
    }
  }
  return { damaged };
}
