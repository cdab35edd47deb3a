/** Stops training if a loss is NaN or infinite. */
import { notFinite } from '../engine/epoch.js';
import { notANumber } from '../engine/not-a-number.js';
import type { TrainerCallback } from '../engine/callback.js';

/**
 * A callback that throws if a loss is NaN or infinite. The error names the loss and the step. `fit` throws the same error
 * after all callbacks; with this callback, the callbacks after it are not called.
 *
 * @throws CycleGANError `NOT_A_NUMBER`, from `fit`
 */
export function stopOnNaN(): TrainerCallback {
  return {
    onStepEnd(step, losses, trainer) {
      if (notFinite(losses) !== undefined) throw notANumber('stopOnNaN', losses, step, trainer.epoch);
    },
  };
}
