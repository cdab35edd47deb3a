/** The error about a loss that is NaN or infinite. */
import { CycleGANError } from '../../core/errors.js';
import { notFinite, type SomeLosses } from './epoch.js';

/** @param step the step that failed */
export function notANumber(where: string, losses: SomeLosses, step: number, epoch: number): CycleGANError {
  const [name, value] = notFinite(losses)!;
  return new CycleGANError(
    'NOT_A_NUMBER',
    `${where}: the loss ${name} became ${value} at step ${step}, in epoch ${epoch}. The step has changed ` +
      `nothing. Resume from an earlier state with a lower learning rate.`,
  );
}
