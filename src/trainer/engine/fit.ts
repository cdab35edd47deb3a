/** The loop over epochs and steps, which `fit` of every trainer runs. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { nextTask } from '../../core/next-task.js';
import { nearest, optional, satisfying, wholeNumber, withDefault } from '../../core/options.js';
import { Random } from '../../core/random.js';
import type { Batches, EpochItem } from '../../data/batches.js';
import type { TrainerCallback } from './callback.js';
import { history, type History } from './history.js';
import { countStep, type EpochBook, type Losses, meanLosses, notFinite } from './epoch.js';
import { notANumber } from './not-a-number.js';
import type { Training } from './training.js';

/** Options of every `fit`. */
export interface FitOptions<L = Losses> {
  /**
   * Trains until this many epochs are completed in total, including those before a `restore`. The decay of the learning rate
   * depends on the trainer's option `epochs` instead.
   * @default the trainer's option `epochs`
   */
  epochs?: number;
  /**
   * Number of steps after which an epoch ends.
   * @default until all images have been shown
   */
  stepsPerEpoch?: number;
  /** Functions to call during training. */
  callbacks?: TrainerCallback<L> | TrainerCallback<L>[];
}

/** The result of `fit`. */
export interface FitResult<L = Losses> extends History<L> {
  /** Names of the images that could not be read and were skipped (`onError: 'skip'` of `imageFolder`), by set. */
  skipped: Record<string, string[]>;
  /** Seconds for which training waited for images. More than the time of the first batch means that reading is slower than training. */
  waited: number;
}

/** The trainer's side of `fit`. */
export interface FitContext {
  /** Name of the class, for messages. */
  readonly className: string;
  readonly trainer: Training;
  readonly book: EpochBook;
  readonly step: (batch: tf.NamedTensorMap) => Promise<Losses>;
}

const callbackNames = ['onTrainBegin', 'onEpochBegin', 'onStepEnd', 'onEpochEnd', 'onTrainEnd'];
const isCallback = (value: unknown) => typeof value === 'object' && value !== null;

/** Schemas of {@link FitOptions}. */
export const fitEntries = {
  epochs: optional(wholeNumber(1)),
  stepsPerEpoch: optional(wholeNumber(1)),
  callbacks: withDefault(
    satisfying<TrainerCallback | TrainerCallback[]>(
      (value) => (Array.isArray(value) ? value.every(isCallback) : isCallback(value)),
      'a callback or an array of them',
    ),
    [],
  ),
};

/** The callbacks as a list. Refuses misspelled functions, which would never be called. */
export function checkedCallbacks(
  where: string,
  callbacks: TrainerCallback | readonly TrainerCallback[],
): TrainerCallback[] {
  const list = Array.isArray(callbacks) ? (callbacks as TrainerCallback[]) : [callbacks as TrainerCallback];
  for (const callback of list) {
    const unknown = Object.keys(callback).find(
      (name) => /^on[A-Z]/.test(name) && !callbackNames.includes(name),
    );
    if (unknown !== undefined) {
      throw new CycleGANError(
        'UNKNOWN_OPTION',
        `${where}: a callback has no "${unknown}". ${nearest(unknown, callbackNames)}`,
      );
    }
  }
  return list;
}

/** Adds the names of the images to an error about their shape. */
function withNames(error: unknown, names: EpochItem['names']): unknown {
  const named = Object.entries(names).filter(([, own]) => own.length > 0);
  if (!isCycleGANError(error, 'INVALID_SHAPE') || named.length === 0) return error;
  const list = named.map(([set, own]) => `${own.map((name) => JSON.stringify(name)).join(', ')} of ${set}`);
  const message = `${error.message} The images are ${list.join(' and ')}.`;
  return new CycleGANError('INVALID_SHAPE', message, { cause: error });
}

/** Refuses training after the schedule has ended, when the learning rate is 0. */
function checkEnd(where: string, epochs: number, { settings: { schedule }, step }: Training): void {
  const { end = Infinity, per } = schedule;
  if (per === 'step' && step >= end) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: ${step} steps have been trained, and the learning rate is 0 after step ${end}. ` +
        `Create the trainer with a longer schedule.`,
    );
  }
  if (per === 'step' || epochs <= end) return;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "epochs" must be at most ${end}, got ${epochs}: the learning rate is 0 after epoch ${end}. ` +
      `Create the trainer with epochs: ${epochs}, or with another schedule.`,
  );
}

/** Ends all callbacks, also if some of them throw. The first error is thrown at the end. */
async function endAll(callbacks: readonly TrainerCallback[], trainer: Training): Promise<void> {
  const errors: { error: unknown }[] = [];
  for (const callback of callbacks) {
    try {
      await callback.onTrainEnd?.(trainer);
    } catch (error) {
      errors.push({ error });
    }
  }
  if (errors[0] !== undefined) throw errors[0].error;
}

/** Yields the items of `source`, and reports for how many seconds each was awaited. */
async function* timed<T>(
  source: AsyncGenerator<T, void, undefined>,
  tell: (seconds: number) => void,
): AsyncGenerator<T, void, undefined> {
  try {
    for (;;) {
      const start = tf.util.now();
      const next = await source.next();
      tell((tf.util.now() - start) / 1000);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.return();
  }
}

/** Trains until `options.epochs` are completed. Resumes where the trainer stands, also in the middle of an epoch. */
export async function fit(
  { className, trainer, book, step: trainStep }: FitContext,
  source: Batches,
  options: {
    epochs: number | undefined;
    stepsPerEpoch: number | undefined;
    callbacks: readonly TrainerCallback[];
  },
): Promise<FitResult> {
  const where = `${className}.fit`;
  const { settings } = trainer;
  const { epochs = settings.epochs, stepsPerEpoch = Infinity } = options;
  checkEnd(where, epochs, trainer);
  const planned = Math.min(stepsPerEpoch, source.length ?? NaN);
  const plan = { epochs, stepsPerEpoch: Number.isNaN(planned) ? undefined : planned };

  const record = history();
  const skipped = new Map(source.sets.map((set) => [set, new Set<string>()]));
  const callbacks = [record, ...options.callbacks];
  const tell = async (call: (callback: TrainerCallback) => unknown) => {
    for (const callback of callbacks) await call(callback);
  };

  trainer.stopTraining = false;
  trainer.waited = 0;
  const stopped = () => trainer.stopTraining; // callbacks set it
  try {
    await tell((c) => c.onTrainBegin?.(trainer, plan));
    while (trainer.epoch < epochs && !stopped()) {
      const { epoch } = trainer;
      const [learningRate] = Object.values(trainer.learningRate);
      await tell((c) => c.onEpochBegin?.(epoch, trainer));
      const progress = book.current();
      const after = progress.position;
      let done = after ? 0 : progress.steps; // without a position, the images of completed steps are read again and skipped
      const opened = source.open({
        random: new Random(progress.seed),
        after,
        onSkip: (set, name) => skipped.get(set)!.add(name),
        limit: stepsPerEpoch - (after ? progress.steps : 0),
      });
      const items = timed(opened, (seconds) => (trainer.waited += seconds));
      for await (const { batch, names, position } of items) {
        try {
          if (done-- > 0) continue;
          const step = trainer.step + 1;
          const losses = await trainStep(batch).catch((error: unknown) => {
            throw withNames(error, names);
          });
          const isFinite = notFinite(losses) === undefined; // otherwise the step has changed nothing
          if (isFinite) countStep(progress, losses, position);
          await tell((c) => c.onStepEnd?.(step, losses, trainer));
          if (!isFinite && !stopped()) throw notANumber(where, losses, step, trainer.epoch);
        } finally {
          tf.dispose(batch);
        }
        await nextTask();
        if (stopped() || progress.steps >= stepsPerEpoch) break;
      }
      if (stopped() && progress.steps < stepsPerEpoch) break; // the next fit resumes this epoch
      const losses = meanLosses(progress);
      book.finish(losses);
      await tell((c) => c.onEpochEnd?.(epoch, { ...losses, learningRate: learningRate! }, trainer));
    }
  } finally {
    await endAll(callbacks, trainer);
  }
  const names = [...skipped].map(([set, own]): [string, string[]] => [set, [...own]]);
  const { waited } = trainer;
  return { epoch: record.epoch, history: record.history, skipped: Object.fromEntries(names), waited };
}
