/** What a training run tells those who listen, in the style of tfjs. */
import type { Losses } from '../losses.js';
import type { Training } from '../training.js';

/** The mean losses of an epoch, and the learning rate of the generators in it. */
export type EpochLogs = Losses & { learningRate: number };

type Awaitable = void | Promise<void>;

/**
 * Functions that `fit` calls and waits for. An error that one throws ends the training; `onTrainEnd` is
 * called all the same. Setting `trainer.stopTraining` ends it: after the step, whose epoch then does not count,
 * or, at the end of an epoch, after that.
 */
export interface TrainerCallback {
  onTrainBegin?(trainer: Training): Awaitable;
  /** @param epoch from 0 */
  onEpochBegin?(epoch: number, trainer: Training): Awaitable;
  /** @param step steps done in all epochs, from 1 */
  onStepEnd?(step: number, losses: Losses, trainer: Training): Awaitable;
  /** @param epoch from 0 */
  onEpochEnd?(epoch: number, logs: EpochLogs, trainer: Training): Awaitable;
  onTrainEnd?(trainer: Training): Awaitable;
}
