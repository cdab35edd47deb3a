/** The callback that keeps a run in a folder: options, checkpoints, samples, metrics, TensorBoard events, the model. */
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import * as v from 'valibot';
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, show } from '../../core/options.js';
import type { TrainerCallback, TrainingPlan } from '../../trainer/engine/callback.js';
import { checkForm } from '../../trainer/engine/state-form.js';
import type { Training } from '../../trainer/engine/training.js';
import { fileSystem } from '../files/file-system.js';
import { type Lock, takeLock } from '../files/lock.js';
import { makeFolder } from '../files/write-file.js';
import { type CheckpointWriter, checkpointWriter } from './checkpoint-writer.js';
import { runEvaluation } from './evaluation.js';
import { openRun } from './open-run.js';
import { opening, type PatientWrites, patientWrites } from './patient-writes.js';
import { runPaths } from './paths.js';
import { openRecords, type Records } from './records.js';
import { runFolderEntries, type RunFolderOptions, type RunSettings } from './run-options.js';
import { runSamples } from './samples.js';

/** The callback of a run folder. */
export interface RunFolder extends TrainerCallback {
  /** Path of the folder. */
  readonly folder: string;
  /** Seconds of training since the start of the run, over all sessions. */
  readonly seconds: number;
  /** Seconds for which training waited in this session: for checkpoints, for samples, and for measurements on test pairs. */
  readonly spent: Readonly<Record<'checkpoints' | 'samples' | 'evaluations', number>>;
}

const remembered = v.object({ seconds: v.pipe(v.number(), v.finite(), v.minValue(0)) });

/** An open run, between the beginning and the end of `fit`. */
interface Session {
  readonly lock: Lock;
  readonly writes: PatientWrites;
  readonly records: Records;
  readonly checkpoints: CheckpointWriter;
  readonly sampler: TrainerCallback;
}

/**
 * A callback that saves a whole run to a folder. The run can be watched, stopped at any time, and resumed bit for bit with
 * `resumeRun`. The folder contains:
 *
 * - `config.json`: all options, versions, the seed
 * - `checkpoints/`: the whole state of the trainer, as safetensors. They are written while training continues
 * - `samples/`: sheets that show the same images at different steps
 * - `metrics.jsonl`: the losses of each step, a JSON object a line
 * - event files for TensorBoard: `tensorboard --logdir runs`
 * - `model/`: the model, when training ends; with averaged weights, if there are any
 *
 * Only one process can train in a folder at a time. If the disk is full or read-only, a warning is printed, and training waits until
 * the files can be written. Earlier files are unchanged. Put this callback after those whose states it saves.
 *
 * @param folder path of the folder, such as `runs/first`; it is created if needed
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`. From `fit`: `BUSY` if another process
 * trains in the folder; `INVALID_STATE` if it has another run; `DISK` if training was stopped while the disk was full
 * @example
 * ```ts
 * import type { CycleGANTrainer } from 'ts-cyclegan';
 * import { imageFolder, runFolder } from 'ts-cyclegan/node';
 * const train = (trainer: CycleGANTrainer) =>
 *   trainer.fit(imageFolder('data/trainA'), imageFolder('data/trainB'), {
 *     callbacks: runFolder('runs/first', {
 *       samples: { A: imageFolder('data/testA', { training: false }), B: imageFolder('data/testB', { training: false }) },
 *     }),
 *   });
 * ```
 */
export function runFolder(folder: string, options: RunFolderOptions = {}): RunFolder {
  if (typeof (folder as unknown) !== 'string' || folder.trim() === '' || folder.includes('\0')) {
    throw new CycleGANError('INVALID_ARGUMENT', `runFolder: folder must be the path of a folder, got ${show(folder)}.`); // prettier-ignore
  }
  const settings = resolveOptions('runFolder', runFolderEntries, options) as RunSettings;
  const paths = runPaths(folder);
  const spent = { checkpoints: 0, samples: 0, evaluations: 0 };
  const evaluator = settings.evaluate && runEvaluation('runFolder: option "evaluate"', settings.evaluate);
  const clock = runClock();
  let session: Session | undefined;
  let rate: number; // the learning rate of the next step

  const timed = async <T>(what: keyof typeof spent, action: () => Promise<T> | T): Promise<T> => {
    const start = performance.now();
    try {
      return await action();
    } finally {
      spent[what] += (performance.now() - start) / 1000;
    }
  };
  const noteRate = (trainer: Training) => {
    rate = Object.values(trainer.learningRate)[0]!;
  };

  const open = async (trainer: Training, { epochs, stepsPerEpoch }: TrainingPlan): Promise<Session> => {
    const lock = takeLock(paths.lock, (holder) => busy(holder, paths.lock));
    try {
      const { checkpointEvery, keep, keepEvery, sampleEvery, tensorBoard, histograms } = settings;
      const samples = settings.samples ?? (isGAN(trainer) ? {} : undefined);
      const plan = { epochs, stepsPerEpoch: stepsPerEpoch ?? null };
      const run = { checkpointEvery, sampleEvery: samples === undefined ? null : sampleEvery, plan };
      await openRun(folder, trainer, run, settings.info);
      const writes = patientWrites(() => trainer.stopTraining);
      const checkpoints = checkpointWriter(paths.checkpoints, { keep, keepEvery }, writes);
      const records = openRecords(folder, trainer.step, tensorBoard, writes);
      const onSheet = async (step: number, file: string) => {
        await records.sheet(step, file);
        if (histograms) await records.weights(step, networksOf(trainer));
      };
      const target = { folder: paths.samples, every: sampleEvery, writes, onSheet };
      const sampler = samples === undefined ? {} : runSamples(target, trainer.algorithm, samples);
      return { lock, writes, checkpoints, records, sampler };
    } catch (error) {
      lock.release();
      throw error;
    }
  };

  /** What is written after a step. */
  const record = async (
    { checkpoints, records, sampler }: Session,
    step: number,
    losses: Record<string, number>,
    trainer: Training,
  ): Promise<void> => {
    await timed('checkpoints', () => checkpoints.unstick());
    const isDone = trainer.step === step; // a step with a loss that is not finite does not count
    const seconds = Number(clock.seconds().toFixed(3));
    const memory = process.memoryUsage.rss();
    const scores =
      isDone && evaluator ? await timed('evaluations', () => evaluator.measure(step, trainer)) : {};
    await records.step({ step, epoch: trainer.epoch + 1, ...losses, ...scores, lr: rate, seconds, memory });
    noteRate(trainer);
    if (!isDone) return;
    await timed('samples', () => sampler.onStepEnd?.(step, losses, trainer));
    if (step % settings.checkpointEvery === 0) await timed('checkpoints', () => checkpoints.save(trainer));
  };

  /** The last checkpoint and the model, unless nothing was trained. */
  const finish = async ({ checkpoints, writes }: Session, trainer: Training): Promise<void> => {
    await checkpoints.settle();
    if (trainer.step === 0) return;
    if (trainer.step !== checkpoints.saved) {
      await checkpoints.save(trainer);
      await checkpoints.settle();
    }
    const model = trainer.model as { save(target: io.IOHandler): Promise<unknown> };
    const save = () => trainer.withAverages(() => model.save(fileSystem(paths.model)));
    await writes.until('the model', save);
  };

  /** Runs `work`. A stop that comes meanwhile gives up writes that wait, but the one that has ended the training does not. */
  const heedingNewStops = async ({ writes }: Session, trainer: Training, work: () => Promise<void>) => {
    const before = trainer.stopTraining;
    if (!writes.areGivenUp) trainer.stopTraining = false;
    writes.heedsStop = true;
    try {
      await work();
    } finally {
      trainer.stopTraining ||= before;
    }
  };

  return {
    name: 'runFolder',
    folder,
    spent,
    get seconds() {
      return clock.seconds();
    },
    state: () => ({ seconds: clock.seconds() }),
    restore(state) {
      checkForm('runFolder', remembered, state);
      clock.set((state as v.InferOutput<typeof remembered>).seconds);
    },
    async onTrainBegin(trainer, plan) {
      evaluator?.check(trainer);
      session = await opening(folder, async () => {
        await makeFolder(folder);
        return await open(trainer, plan);
      });
      noteRate(trainer);
      clock.start();
      await session.sampler.onTrainBegin?.(trainer, plan);
    },
    async onStepEnd(step, losses, trainer) {
      const { lock, writes } = session!;
      lock.renew();
      writes.heedsStop = true;
      await record(session!, step, losses as Record<string, number>, trainer);
      writes.heedsStop = false; // a stop is to end the training after its step
    },
    onEpochEnd: (_epoch, _logs, trainer) => noteRate(trainer),
    async onTrainEnd(trainer) {
      const own = session;
      if (own === undefined) return;
      session = undefined;
      try {
        await timed('checkpoints', () => heedingNewStops(own, trainer, () => finish(own, trainer)));
      } finally {
        clock.stop();
        await own.sampler.onTrainEnd?.(trainer);
        own.records.close();
        own.lock.release();
      }
    },
  };
}

const isGAN = ({ algorithm }: Training) => algorithm.startsWith('gan');

const busy = (holder: string, lock: string) =>
  `runFolder: ${holder} is training in this run folder. Wait until it ends, or use another folder. ` +
  `If there is no such process, remove ${show(lock)}.`;

/** The networks of a model, by name. */
const networksOf = ({ model }: Training) => (model as { networks: Record<string, LayersModel> }).networks;

/** Seconds of training, over all sessions of a run. */
function runClock() {
  let before = 0;
  let began: number | undefined;
  const seconds = () => before + (began === undefined ? 0 : (performance.now() - began) / 1000);
  return {
    seconds,
    set(value: number) {
      before = value;
    },
    start() {
      began = performance.now();
    },
    stop() {
      before = seconds();
      began = undefined;
    },
  };
}
