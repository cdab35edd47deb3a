/** What a training run tells those who listen, in the style of tfjs. */
import type { Losses } from './epoch.js';
import type { Training } from './training.js';

/** The mean losses of an epoch, and the learning rate of the generators in it. */
export type EpochLogs<L = Losses> = L & { learningRate: number };

/** How long a call of `fit` trains. */
export interface TrainingPlan {
  /** Epochs that are done in all at its end. */
  epochs: number;
  /** Steps of an epoch; undefined if a set of images does not tell how many it has. */
  stepsPerEpoch: number | undefined;
}

/**
 * Functions that `fit` calls and waits for. An error that one throws ends the training; `onTrainEnd` is
 * called all the same. Setting `trainer.stopTraining` ends it: after the step, or, at the end of an epoch, after that. The next `fit`
 * resumes in the middle of the epoch.
 */
export interface TrainerCallback<L = Losses> {
  /** The name under which the trainer's state holds what the callback remembers. */
  readonly name?: string;
  /** What the callback remembers, as plain data, for the trainer's state. */
  state?(): unknown;
  /** Resumes from {@link TrainerCallback.state}, when `fit` begins after the trainer was restored. */
  restore?(state: unknown): void;
  /** Before the first step. */
  onTrainBegin?(trainer: Training, plan: TrainingPlan): void | Promise<void>;
  /**
   * Before the first step of an epoch.
   * @param epoch from 0
   */
  onEpochBegin?(epoch: number, trainer: Training): void | Promise<void>;
  /**
   * After each step. A step with a loss that is NaN or infinite has changed nothing; when all callbacks have heard of it,
   * `fit` throws `NOT_A_NUMBER`, unless one has set `stopTraining`.
   * @param step the count of the step in all epochs, from 1
   */
  onStepEnd?(step: number, losses: L, trainer: Training): void | Promise<void>;
  /**
   * After the last step of an epoch.
   * @param epoch from 0
   */
  onEpochEnd?(epoch: number, logs: EpochLogs<L>, trainer: Training): void | Promise<void>;
  /** When all is done, or an error ended it. */
  onTrainEnd?(trainer: Training): void | Promise<void>;
}
