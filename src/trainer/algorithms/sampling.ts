/** When callbacks that sample a model do so. */
import * as v from 'valibot';
import { wholeNumber, withDefault } from '../../core/options.js';
import type { TrainerCallback } from '../engine/callback.js';
import type { Training } from '../engine/training.js';

/** When a sample was made. */
export interface SampleTime {
  /** Epochs done. */
  epoch: number;
  /** Steps done. */
  step: number;
}

/** Schema of the option `every`: at the end of each epoch, or after this number of steps. */
export const everyEntry = withDefault(
  v.union([v.literal('epoch'), wholeNumber(1)], '"epoch" or a whole number from 1'),
  'epoch',
);

/** A callback that samples the training when it is time. */
export const samplingCallback = (
  every: 'epoch' | number,
  sample: (training: Training, time: SampleTime) => Promise<void>,
): TrainerCallback =>
  every === 'epoch'
    ? { onEpochEnd: (epoch, _logs, trainer) => sample(trainer, { epoch: epoch + 1, step: trainer.step }) }
    : {
        onStepEnd: async (step, _losses, trainer) => {
          if (step % every === 0) await sample(trainer, { epoch: trainer.epoch, step });
        },
      };
