/** One session of training: opens the images, trains in the run folder until a limit or a signal, and sums up. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resumeRun, runFolder, type RunConfig } from '../../node/index.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import type { Training } from '../../trainer/engine/training.js';
import type { Given } from '../flags/add-flags.js';
import { exitCodes } from '../exit-codes.js';
import { startEngine } from '../engine.js';
import { runInfo } from '../info/run-info.js';
import { createTrainer, disposeTrainer, fit } from './create.js';
import { openData, openTestPairs, setsOf, skippedFiles } from './data.js';
import { progressOf, type Reached } from './limits.js';
import { reporter } from './reporters.js';
import { changesOf } from './resume.js';
import { inWords } from '../flags/names.js';
import { plainOf, type Settings } from './settings.js';
import { exitCodeOf, stopper } from './stop.js';
import { begin, complete, end } from './summary.js';

/** A training to run. */
export interface Session {
  settings: Settings;
  /** The run folder. */
  out: string;
  /** What was given, for `config.json`. */
  given: ReadonlyMap<string, Given>;
  /** The run that is resumed, and what was given this time. */
  resumed?: { config: RunConfig; changes: ReadonlyMap<string, Given> };
}

/** Saves the model of a run that was killed between its last step and its end. */
async function saveOnly(run: TrainerCallback, trainer: Training): Promise<void> {
  await run.onTrainBegin!(trainer, { epochs: trainer.epoch, stepsPerEpoch: undefined });
  await run.onTrainEnd!(trainer);
}

/** Trains. Returns the exit code. */
export async function train({ settings, out, given, resumed }: Session): Promise<number> {
  const { data, algorithm, own, limits } = settings;
  const json = own.json === true;
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const withLabels = ['cgan', 'acgan'].includes(String(settings.model.loss));
  const engine = await startEngine(own.engine); // reading images makes tensors
  const images = await openData(data, algorithm, settings.images, withLabels);
  const { evaluateEvery } = own;
  const pairs =
    evaluateEvery === undefined ? undefined : await openTestPairs(data, algorithm, settings.images);
  const trainer =
    resumed === undefined
      ? createTrainer(settings)
      : (await resumeRun(out, { changes: changesOf(resumed.changes, settings.trainer) })).trainer;
  const watching =
    own.watch === true ? await (await import('../../watch/watch.js')).watch({ runs: [out] }) : undefined;
  try {
    const { checkpointEvery, sampleEvery, keep } = own;
    const run = runFolder(out, {
      ...(checkpointEvery !== undefined && { checkpointEvery }),
      ...(sampleEvery !== undefined && { sampleEvery }),
      ...(keep !== undefined && { keep }),
      ...(pairs && { evaluate: { pairs, every: evaluateEvery! } }),
      ...(Object.keys(images.samples).length > 0 && { samples: images.samples }), // a GAN needs none
      info: {
        data: { folder: data },
        limits,
        command: plainOf(given),
        enginePackage: { name: engine.package, version: engine.version },
      },
    });
    const isComplete = async (reached: Reached) => {
      const { seconds } = await runInfo(out); // the clock of the run has not started
      complete({ out, reached, step: trainer.step, seconds, json });
      return exitCodes.done;
    };
    if (resumed !== undefined && limits.steps !== undefined && trainer.step >= limits.steps) {
      // fit would train one more step, or refuse because the learning rate is 0
      if (!existsSync(join(out, 'model', 'model.json'))) await saveOnly(run, trainer);
      return await isComplete({ unit: 'steps', done: trainer.step, limit: limits.steps });
    }
    const progress = progressOf(limits, () => run.seconds);
    const stop = stopper(say);
    begin({ settings, out, sets: setsOf(images), engine, step: trainer.step, url: watching?.url, json });
    const callbacks: TrainerCallback[] = [run, progress.callback, reporter(progress, json), stop.callback];
    await fit(trainer, images, settings.fit, callbacks).catch((error: unknown) => {
      throw inWords(error);
    });
    if (progress.wasComplete) {
      const epochs = Number(settings.fit.epochs);
      return await isComplete({ unit: 'epochs', done: epochs, limit: epochs });
    }
    const stopped = progress.isReached ? undefined : stop.reason;
    end({
      out,
      algorithm,
      step: trainer.step,
      seconds: run.seconds,
      stopped,
      skipped: skippedFiles(images),
      json,
    });
    return stopped === undefined ? exitCodes.done : exitCodeOf(stopped);
  } finally {
    disposeTrainer(trainer);
    await watching?.close();
  }
}
