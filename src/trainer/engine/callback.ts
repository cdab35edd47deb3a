/** Callbacks of `fit`, in the style of tfjs. */
import type { SomeLosses } from './epoch.js';
import type { Training } from './training.js';

/** The mean losses of an epoch, and the learning rate of the first group in it: in the algorithms here, that of the generators. */
export type EpochLogs<L = SomeLosses> = L & { learningRate: number };

/** The length of a call of `fit`. */
export interface TrainingPlan {
  /** Total number of epochs that are completed at the end. */
  epochs: number;
  /** Steps per epoch; undefined if the length of a set of images is unknown. */
  stepsPerEpoch: number | undefined;
}

/**
 * Functions that `fit` calls and awaits. If one throws, training ends with its error, and `onTrainEnd` is still called. If one
 * sets `trainer.stopTraining`, training ends after the current step, and the next `fit` resumes from there.
 */
export interface TrainerCallback<L = SomeLosses> {
  /** The name under which the trainer's state contains the callback's state. */
  readonly name?: string;
  /** Returns the callback's state as plain data. It becomes part of the trainer's state. */
  state?(): unknown;
  /** Resumes from a result of {@link TrainerCallback.state}. `fit` calls it after the trainer was restored. */
  restore?(state: unknown): void;
  /** Called before the first step. */
  onTrainBegin?(trainer: Training, plan: TrainingPlan): void | Promise<void>;
  /**
   * Called before the first step of an epoch.
   * @param epoch index from 0
   */
  onEpochBegin?(epoch: number, trainer: Training): void | Promise<void>;
  /**
   * Called after each step. If a loss is NaN or infinite, the step has changed nothing, and `fit` throws `NOT_A_NUMBER` after
   * all callbacks, unless one of them sets `stopTraining`.
   * @param step number of the step since the first epoch, from 1
   */
  onStepEnd?(step: number, losses: L, trainer: Training): void | Promise<void>;
  /**
   * Called after the last step of an epoch.
   * @param epoch index from 0
   */
  onEpochEnd?(epoch: number, logs: EpochLogs<L>, trainer: Training): void | Promise<void>;
  /** Called at the end of training, also if it ends with an error. */
  onTrainEnd?(trainer: Training): void | Promise<void>;
}
