/** The loop over epochs and steps that `CycleGANTrainer.fit` runs. */
import * as tf from '@tensorflow/tfjs-core';
import {
  flag,
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  wholeNumber,
  withDefault,
  nearest,
} from '../core/options.js';
import { CycleGANError } from '../core/errors.js';
import { nextTask } from '../core/next-task.js';
import { Random } from '../core/random.js';
import { type Images, isSource, openImages } from '../data/images.js';
import { unpaired } from '../data/sampling.js';
import type { EpochLogs, TrainerCallback } from './callbacks/callback.js';
import { history, type History } from './callbacks/history.js';
import { countStep, type EpochBook, meanLosses } from './epoch.js';
import { generatorLoss } from './losses.js';
import type { Training } from './training.js';

/** Options of `CycleGANTrainer.fit`. */
export interface FitOptions {
  /**
   * Train until so many epochs are done in all, those before a `restore` included. It does not move the decay of
   * the learning rate: that goes by the trainer's option `epochs`.
   * @default the trainer's option `epochs`
   */
  epochs?: number;
  /**
   * Pictures of each domain in a step.
   * @default 1
   */
  batchSize?: number;
  /**
   * Ends an epoch after so many steps.
   * @default when the pictures are through
   */
  stepsPerEpoch?: number;
  /**
   * Whether an epoch is as long as the larger domain (P) or the smaller one (K).
   * @default the objective's
   */
  length?: 'max' | 'min';
  /**
   * Whether to draw the order anew in each epoch.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Whether picture i of A always comes with picture i of B; P: `--serial_batches`.
   * @default false
   */
  serial?: boolean;
  /** Who is told how it goes. */
  callbacks?: TrainerCallback | TrainerCallback[];
}

const callbackNames = ['onTrainBegin', 'onEpochBegin', 'onStepEnd', 'onEpochEnd', 'onTrainEnd'];

/** Refuses a misspelled function of a callback, which would never be called. */
function checkNames(callback: TrainerCallback): void {
  const unknown = Object.keys(callback).find(
    (name) => /^on[A-Z]/.test(name) && !callbackNames.includes(name),
  );
  if (unknown === undefined) return;
  throw new CycleGANError(
    'UNKNOWN_OPTION',
    `CycleGANTrainer.fit: a callback has no "${unknown}". ${nearest(unknown, callbackNames)}`,
  );
}

const isCallback = (value: unknown) => typeof value === 'object' && value !== null;
const entries = {
  epochs: optional(wholeNumber(1)),
  batchSize: withDefault(wholeNumber(1), 1),
  stepsPerEpoch: optional(wholeNumber(1)),
  length: optional(oneOf('max', 'min')),
  shuffle: withDefault(flag(), true),
  serial: withDefault(flag(), false),
  callbacks: withDefault(
    satisfying<TrainerCallback | TrainerCallback[]>(
      (value) => (Array.isArray(value) ? value.every(isCallback) : isCallback(value)),
      'a callback or an array of them',
    ),
    [],
  ),
};

/** Trains until `options.epochs` are done, from wherever the trainer stands, be it in the middle of an epoch. */
export async function fit(
  trainer: Training,
  a: Images,
  b: Images,
  options: FitOptions,
  book: EpochBook,
): Promise<History> {
  const { settings } = trainer;
  const resolved = resolveOptions('CycleGANTrainer.fit', entries, options);
  const { epochs = settings.epochs, stepsPerEpoch = Infinity, batchSize, shuffle, serial } = resolved;
  const { length = settings.objective === 'pytorch' ? 'max' : 'min' } = resolved;
  const { end = Infinity } = settings.schedule;
  if (epochs > end) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `CycleGANTrainer.fit: option "epochs" must be at most ${end}, after which the learning rate is 0, got ${epochs}. ` +
        `Give the trainer the option epochs: ${epochs}, or a schedule.`,
    );
  }
  const sets = [openImages(a, 'CycleGANTrainer.fit', 'a'), openImages(b, 'CycleGANTrainer.fit', 'b')];
  const pairs = Math[length](...sets.map((set) => (isSource(set) ? set.length : NaN)));
  const planned = Math.min(stepsPerEpoch, Math.ceil(pairs / batchSize));
  const plan = { epochs, stepsPerEpoch: Number.isNaN(planned) ? undefined : planned };

  [resolved.callbacks].flat().forEach(checkNames);

  const record = history();
  const callbacks = [record, ...[resolved.callbacks].flat()];
  const tell = async (call: (callback: TrainerCallback) => unknown) => {
    for (const callback of callbacks) await call(callback);
  };

  trainer.stopTraining = false;
  const stopped = () => trainer.stopTraining; // callbacks set it
  try {
    await tell((c) => c.onTrainBegin?.(trainer, plan));
    while (trainer.epoch < epochs && !stopped()) {
      const { epoch } = trainer;
      const learningRate = trainer.learningRate.generator;
      await tell((c) => c.onEpochBegin?.(epoch, trainer));
      const progress = book.current();
      const random = new Random(progress.seed);
      let done = progress.steps; // pictures of steps before an interruption are passed over
      for await (const [x, y] of unpaired(a, b, { random, length, shuffle, serial, batchSize })) {
        try {
          if (done-- > 0) continue;
          const losses = await trainer.trainStep(x, y);
          countStep(progress, losses);
          await tell((c) => c.onStepEnd?.(trainer.step, losses, trainer));
        } finally {
          tf.dispose([x, y]);
        }
        await nextTask();
        if (stopped() || progress.steps >= stepsPerEpoch) break;
      }
      if (stopped() && progress.steps < stepsPerEpoch) break; // the next fit goes on with this epoch
      const logs: EpochLogs = { ...meanLosses(progress), learningRate };
      book.finish(generatorLoss(logs));
      await tell((c) => c.onEpochEnd?.(epoch, logs, trainer));
    }
  } finally {
    await tell((c) => c.onTrainEnd?.(trainer));
  }
  return { epoch: record.epoch, history: record.history };
}
