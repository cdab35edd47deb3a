/** Ends training when a loss is not a number any more: nothing good comes after. */
import { CycleGANError } from '../../core/errors.js';
import type { TrainerCallback } from './callback.js';

/**
 * A callback that throws as soon as a loss is NaN or infinite, and names the loss and the step.
 *
 * @throws CycleGANError `NOT_A_NUMBER`, out of `fit`
 */
export function stopOnNaN(): TrainerCallback {
  return {
    onStepEnd(step, losses, trainer) {
      for (const [name, value] of Object.entries(losses)) {
        if (Number.isFinite(value)) continue;
        throw new CycleGANError(
          'NOT_A_NUMBER',
          `stopOnNaN: the loss ${name} became ${value} at step ${step}, in epoch ${trainer.epoch}. ` +
            `Go back to an earlier state, with a lower learning rate; check that all pictures are within [-1, 1].`,
        );
      }
    },
  };
}
