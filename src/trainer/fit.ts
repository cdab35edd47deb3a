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
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { nextTask } from '../core/next-task.js';
import { Random } from '../core/random.js';
import { type Images, isSource, openImages } from '../data/images.js';
import { epochBatches } from '../data/sampling.js';
import type { EpochLogs, TrainerCallback } from './callbacks/callback.js';
import { history, type History } from './callbacks/history.js';
import { countStep, type EpochBook, meanLosses } from './epoch.js';
import { generatorLoss, notANumber, notFinite } from './losses.js';
import type { Training } from './training.js';

/** What `CycleGANTrainer.fit` returns. */
export interface FitResult extends History {
  /** Names of the images that were left out because they could not be read (`onError: 'skip'` of `imageFolder`). */
  leftOut: { a: string[]; b: string[] };
}

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

/** A size that the networks do not take is that of an image: says which. */
function withNames(error: unknown, [a, b]: readonly [string[], string[]]): unknown {
  if (!isCycleGANError(error, 'INVALID_SHAPE') || a.length === 0) return error;
  const [ofA, ofB] = [a, b].map((names) => names.map((name) => JSON.stringify(name)).join(', '));
  const message = `${error.message} The images are ${ofA} of a and ${ofB} of b.`;
  return new CycleGANError('INVALID_SHAPE', message, { cause: error });
}

/** Trains until `options.epochs` are done, from wherever the trainer stands, be it in the middle of an epoch. */
export async function fit(
  trainer: Training,
  a: Images,
  b: Images,
  options: FitOptions,
  book: EpochBook,
): Promise<FitResult> {
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
  const leftOut = { a: new Set<string>(), b: new Set<string>() };
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
      const after = progress.position;
      let done = after ? 0 : progress.steps; // without a position, images of steps before an interruption are passed over
      const batches = epochBatches(
        a,
        b,
        { random, length, shuffle, serial, batchSize },
        { after, onLeftOut: (side, name) => leftOut[side].add(name) },
      );
      for await (const { images, names, position } of batches) {
        const [x, y] = images;
        try {
          if (done-- > 0) continue;
          const step = trainer.step + 1;
          const losses = await trainer.trainStep(x, y).catch((error: unknown) => {
            throw withNames(error, names);
          });
          const isFinite = notFinite(losses) === undefined; // else the step has changed nothing
          if (isFinite) countStep(progress, losses, position);
          await tell((c) => c.onStepEnd?.(step, losses, trainer));
          if (!isFinite && !stopped()) throw notANumber('CycleGANTrainer.fit', losses, step, trainer.epoch);
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
  return {
    epoch: record.epoch,
    history: record.history,
    leftOut: { a: [...leftOut.a], b: [...leftOut.b] },
  };
}
