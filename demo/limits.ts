/** The end of a run, and the decay of its learning rate. */
import type { Schedule, TrainerCallback } from 'ts-cyclegan';
import type { Settings } from './settings.js';

/** Steps between two changes of the learning rate. Schedules change it after each epoch, so epochs are short. */
export const stepsPerEpoch = 20;

/** The completed share of the run after `step`, from 0 to 1, by steps or by time, whichever is larger. */
export type Share = (step: number) => number;

/** Starts the clock. */
export function shareOf({ steps, minutes }: Pick<Settings, 'steps' | 'minutes'>): Share {
  const started = performance.now();
  return (step) => Math.min(1, Math.max(step / steps, (performance.now() - started) / 60_000 / minutes));
}

/** Keeps the initial learning rate for half of the run, then decays linearly to 0. */
export function decaySecondHalf(share: Share): Schedule {
  return {
    name: 'second half',
    start: { updates: 0, factor: 1 },
    update({ updates }) {
      const done = updates + 1;
      return { updates: done, factor: Math.min(1, 2 * (1 - share(done * stepsPerEpoch))) };
    },
  };
}

/** Ends the training when the run is complete. */
export const endAt = (share: Share): TrainerCallback => ({
  onStepEnd(step, _losses, trainer) {
    if (share(step) >= 1) trainer.stopTraining = true;
  },
});

/** '1200 steps or 10 minutes at most', or the limit that is given. */
export function describeLimits({ steps, minutes }: Pick<Settings, 'steps' | 'minutes'>): string {
  const named = [
    [steps, 'steps'],
    [minutes, 'minutes'],
  ] as const;
  const finite = named.filter(([limit]) => limit !== Infinity).map(([limit, unit]) => `${limit} ${unit}`);
  return `${finite.join(' or ')}${finite.length > 1 ? ' at most' : ''}`;
}
