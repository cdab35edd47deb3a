/** Resumes the run of a folder. */
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, satisfying, optional, show } from '../../core/options.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import { warn } from '../files/warn.js';
import { type DamagedCheckpoint, newestCheckpoint } from './checkpoints.js';
import { type RunConfig, readConfig } from './config.js';
import { runPaths } from './paths.js';
import { type AnyTrainer, createTrainer, disposeTrainer, isKnown } from './trainer-classes.js';

/** A trainer whose state can be restored. */
export interface Restorable {
  /** Resumes from a state. */
  restore(state: TrainerState): void;
}

/** A run that was resumed. */
export interface ResumedRun<T extends Restorable = AnyTrainer> {
  /** The trainer in the state of the newest checkpoint, or in its initial state without a checkpoint. Its model is `trainer.model`. */
  readonly trainer: T;
  /** The content of `config.json`. */
  readonly config: RunConfig;
  /** Newer checkpoints that could not be read. A warning names them, too. */
  readonly damaged: readonly DamagedCheckpoint[];
}

/** Options of {@link resumeRun}. */
export interface ResumeRunOptions<T> {
  /** A trainer to restore. Required for networks, losses or schedules of your own. */
  trainer?: T;
  /** Options of the trainer that differ from those of the run, such as `epochs` or `learningRate`. */
  changes?: Readonly<Record<string, unknown>>;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;
const entries = {
  trainer: optional(
    satisfying<Restorable>(
      (value) => isObject(value) && typeof (value as { restore?: unknown }).restore === 'function',
      'a trainer',
    ),
  ),
  changes: optional(satisfying<Readonly<Record<string, unknown>>>(isObject, 'an object of options')),
};

const where = 'resumeRun';

/**
 * Recreates the trainer of a run folder in the state of the newest valid checkpoint. Then call `fit` with the same images, and with
 * `runFolder` of the same folder. The run ends with the same losses and weights, bit for bit, as a run that was never stopped.
 *
 * @param folder path of the run folder
 * @throws CycleGANError `NOT_FOUND` if the folder has no run; `INVALID_STATE` if `config.json` is damaged, or the trainer does not
 * fit the checkpoint; `UNSUPPORTED` for a run with networks, losses or schedules of your own, without option `trainer`
 * @example
 * ```ts
 * import { CycleGANTrainer } from 'ts-cyclegan';
 * import { imageFolder, resumeRun, runFolder } from 'ts-cyclegan/node';
 * const resume = async () => {
 *   const { trainer } = await resumeRun('runs/first');
 *   if (trainer instanceof CycleGANTrainer) {
 *     await trainer.fit(imageFolder('data/trainA'), imageFolder('data/trainB'), { callbacks: runFolder('runs/first') });
 *   }
 * };
 * ```
 */
export async function resumeRun<T extends Restorable = AnyTrainer>(
  folder: string,
  options: ResumeRunOptions<T> = {},
): Promise<ResumedRun<T>> {
  const { trainer: given, changes = {} } = resolveGiven(options);
  const config = await readConfig(where, folder);
  const { state, damaged } = await newestCheckpoint(runPaths(folder).checkpoints);
  if (damaged.length > 0) {
    const names = damaged.map(({ path, reason }) => `${show(path)} (${reason})`).join(', ');
    const from = state === undefined ? 'The run starts again.' : `The run resumes from step ${state.step}.`;
    warn(`${where}: ${damaged.length === 1 ? 'a damaged checkpoint is' : 'damaged checkpoints are'} skipped: ${names}. ${from}`); // prettier-ignore
  }
  const trainer = given ?? trainerOf(folder, config, changes);
  try {
    if (state !== undefined) trainer.restore(state);
  } catch (error) {
    if (given === undefined) disposeTrainer(trainer as AnyTrainer);
    throw error;
  }
  return { trainer: trainer as T, config, damaged };
}

const resolveGiven = <T>(options: ResumeRunOptions<T>) => {
  const { trainer, changes } = options as ResumeRunOptions<Restorable>;
  resolveOptions(where, entries, options);
  return { trainer, changes }; // the trainer itself, not a copy
};

/** Creates the model and the trainer of a run. */
function trainerOf(
  folder: string,
  { algorithm, model: options, trainer }: RunConfig,
  changes: Readonly<Record<string, unknown>>,
): AnyTrainer {
  const own = [
    options === null && 'networks',
    ...Object.keys(trainer).filter((name) => String(trainer[name]).endsWith(' (own)')),
  ].filter((name) => name !== false);
  if (!isKnown(algorithm) || own.length > 0) {
    const reason = !isKnown(algorithm) ? `the algorithm ${show(algorithm)}` : `your own ${own.join(' and ')}`;
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: the run in ${show(folder)} uses ${reason}, which config.json does not contain. ` +
        `Create the trainer as before, and pass it: resumeRun(${show(folder)}, { trainer }).`,
    );
  }
  return createTrainer(algorithm, options!, changed(trainer, changes));
}

/** Options with changes. If the epochs change, a schedule that ended with the old ones is replaced by the default schedule. */
function changed(
  trainer: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { schedule, ...rest } = trainer;
  const { epochs = 0, decayEpochs = 0 } = schedule as { epochs?: number; decayEpochs?: number };
  const isReplaced = changes.epochs !== undefined && epochs + decayEpochs === trainer.epochs;
  return { ...rest, ...(isReplaced ? {} : { schedule }), ...changes };
}
