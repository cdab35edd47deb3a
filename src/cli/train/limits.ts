/** The end of a run: after steps, minutes or epochs, whichever comes first. */
import type { TrainerCallback, TrainingPlan } from '../../trainer/engine/callback.js';
import type { ScheduleConfig } from '../../trainer/engine/schedules.js';

/** The limits that were given. */
export interface Limits {
  steps?: number;
  minutes?: number;
  epochs?: number;
}

/** How far a run is, and whether it has reached a limit. */
export interface Progress {
  /** The completed share of the run from 0 to 1, by the limit that comes first; undefined if none is known. */
  share(step: number): number | undefined;
  /** The last step, if it is known. */
  lastStep(): number | undefined;
  /** Ends the training at a limit. */
  readonly callback: TrainerCallback;
  /** Whether a limit was reached. */
  readonly isReached: boolean;
  /** Whether all epochs were trained before: `fit` trains nothing, and saves the model again. */
  readonly wasComplete: boolean;
}

/** The epochs for which `fit` may train: without a limit in epochs, the limit in steps ends it. */
export const epochsOf = ({ steps, epochs }: Limits, fallback: number): number =>
  epochs ?? (steps === undefined ? fallback : Number.MAX_SAFE_INTEGER);

/**
 * The schedule of a run whose length is given in steps: PyTorch's linear decay over its second half. Undefined where the length is
 * given in epochs, and where the learning rate is constant.
 */
export function scheduleFor({ steps, epochs }: Limits, decays: boolean): ScheduleConfig | undefined {
  if (!decays || steps === undefined || epochs !== undefined) return undefined;
  const half = Math.ceil(steps / 2);
  return { name: 'linear', steps: half, decaySteps: steps - half };
}

/** A limit that a run has reached, and how far it is. */
export interface Reached {
  unit: 'steps' | 'epochs';
  done: number;
  limit: number;
}

/** Watches the limits. `seconds` is the time of training over all sessions. */
export function progressOf(
  { steps = Infinity, minutes = Infinity }: Limits,
  seconds: () => number,
): Progress {
  let total = Infinity; // steps of all epochs
  let isReached = false;
  let wasComplete = false;
  const shareOf = (step: number) => Math.max(step / Math.min(steps, total), seconds() / 60 / minutes);
  return {
    share(step) {
      const share = shareOf(step);
      return share > 0 ? Math.min(1, share) : undefined;
    },
    lastStep: () => (Math.min(steps, total) === Infinity ? undefined : Math.min(steps, total)),
    get isReached() {
      return isReached;
    },
    get wasComplete() {
      return wasComplete;
    },
    callback: {
      onTrainBegin({ step }, { epochs, stepsPerEpoch }: TrainingPlan) {
        total = (stepsPerEpoch ?? Infinity) * epochs;
        wasComplete = step >= total;
      },
      onStepEnd(step, _losses, trainer) {
        isReached = step >= Math.min(steps, total) || seconds() >= 60 * minutes;
        if (isReached) trainer.stopTraining = true;
      },
    },
  };
}
