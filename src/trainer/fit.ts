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
} from '../core/options.js';
import { CycleGANError } from '../core/errors.js';
import { nextTask } from '../core/next-task.js';
import { type Images, openImages } from '../data/images.js';
import { unpaired } from '../data/sampling.js';
import type { EpochLogs, TrainerCallback } from './callbacks/callback.js';
import { history, type History } from './callbacks/history.js';
import { generatorLoss, type Losses, type LossName } from './losses.js';
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

/**
 * @param finishEpoch counts the epoch and updates the learning rate, given the mean loss of the generators
 */
export async function fit(
  trainer: Training,
  a: Images,
  b: Images,
  options: FitOptions,
  finishEpoch: (metric: number) => void,
): Promise<History> {
  const { settings, random } = trainer;
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
  openImages(a, 'CycleGANTrainer.fit', 'a');
  openImages(b, 'CycleGANTrainer.fit', 'b');

  const record = history();
  const callbacks = [record, ...[resolved.callbacks].flat()];
  const tell = async (call: (callback: TrainerCallback) => unknown) => {
    for (const callback of callbacks) await call(callback);
  };

  trainer.stopTraining = false;
  const stopped = () => trainer.stopTraining; // callbacks set it
  try {
    await tell((c) => c.onTrainBegin?.(trainer));
    while (trainer.epoch < epochs && !stopped()) {
      const { epoch } = trainer;
      const learningRate = trainer.learningRate.generator;
      await tell((c) => c.onEpochBegin?.(epoch, trainer));
      const means = new Means();
      for await (const [x, y] of unpaired(a, b, { random, length, shuffle, serial, batchSize })) {
        let losses: Losses;
        try {
          losses = await trainer.trainStep(x, y);
        } finally {
          tf.dispose([x, y]);
        }
        means.add(losses);
        await tell((c) => c.onStepEnd?.(trainer.step, losses, trainer));
        await nextTask();
        if (stopped() || means.count >= stepsPerEpoch) break;
      }
      if (stopped()) break; // an epoch that was cut short does not count: it is trained anew
      const logs: EpochLogs = { ...means.get(), learningRate };
      finishEpoch(generatorLoss(logs));
      await tell((c) => c.onEpochEnd?.(epoch, logs, trainer));
    }
  } finally {
    await tell((c) => c.onTrainEnd?.(trainer));
  }
  return { epoch: record.epoch, history: record.history };
}

/** Running means of the losses. */
class Means {
  count = 0;
  #sums: Partial<Losses> = {};

  add(losses: Losses): void {
    this.count += 1;
    for (const [name, value] of Object.entries(losses) as [LossName, number][]) {
      this.#sums[name] = (this.#sums[name] ?? 0) + value;
    }
  }

  get(): Losses {
    return Object.fromEntries(
      Object.entries(this.#sums).map(([name, sum]) => [name, sum / this.count]),
    ) as never;
  }
}
