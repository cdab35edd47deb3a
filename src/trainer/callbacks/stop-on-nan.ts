/** Ends training when a loss is not a number any more: nothing good comes after. */
import { notFinite } from '../engine/epoch.js';
import { notANumber } from '../engine/not-a-number.js';
import type { TrainerCallback } from '../engine/callback.js';

/**
 * A callback that throws as soon as a loss is NaN or infinite, and names the loss and the step. `fit` does so on its own
 * when all callbacks have heard of the step; this one ends it before the callbacks after it.
 *
 * @throws CycleGANError `NOT_A_NUMBER`, out of `fit`
 */
export function stopOnNaN(): TrainerCallback {
  return {
    onStepEnd(step, losses, trainer) {
      if (notFinite(losses) !== undefined) throw notANumber('stopOnNaN', losses, step, trainer.epoch);
    },
  };
}
