/** Stops training if a loss no longer decreases. */
import * as v from 'valibot';
import { CycleGANError } from '../../core/errors.js';
import { finiteNumber, nearest, resolveOptions, text, wholeNumber, withDefault } from '../../core/options.js';
import { checkForm } from '../engine/state-form.js';
import type { EpochLogs, TrainerCallback } from '../engine/callback.js';

/** Options of {@link earlyStop}. */
export interface EarlyStopOptions {
  /**
   * The loss to watch: a name, or the part of names before `_`; then all losses with this prefix are added. Prefer losses that
   * compare images: adversarial losses say little about the quality of images.
   * @default 'cycle', the sum of cycle_A and cycle_B
   */
  monitor?: string;
  /**
   * Number of epochs without improvement that are tolerated.
   * @default 10
   */
  patience?: number;
  /**
   * The minimum decrease that counts as an improvement.
   * @default 0
   */
  minDelta?: number;
}

const entries = {
  monitor: withDefault(text(), 'cycle'),
  patience: withDefault(wholeNumber(0), 10),
  minDelta: withDefault(finiteNumber(0), 0),
};

const remembered = v.object({
  best: v.nullable(v.pipe(v.number(), v.finite())),
  waited: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/**
 * A callback that stops training if a loss has not decreased for some epochs. Its own state is part of the trainer's state.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`; the latter also at the end of an epoch, if there is no such loss
 */
export function earlyStop(options: EarlyStopOptions = {}): TrainerCallback {
  const { monitor, patience, minDelta } = resolveOptions('earlyStop', entries, options);
  let best = Infinity;
  let waited = 0;
  return {
    name: 'earlyStop',
    state: () => ({ best: Number.isFinite(best) ? best : null, waited }),
    restore(state) {
      checkForm('earlyStop', remembered, state);
      const { best: saved, waited: epochs } = state as v.InferOutput<typeof remembered>;
      [best, waited] = [saved ?? Infinity, epochs];
    },
    onEpochEnd(_epoch, logs, trainer) {
      const value = valueOf(monitor, logs);
      if (value < best - minDelta) [best, waited] = [value, 0];
      else if (++waited > patience) trainer.stopTraining = true;
    },
  };
}

/** The loss of this name, or the sum of the losses with this prefix. */
function valueOf(monitor: string, logs: EpochLogs): number {
  const names = Object.keys(logs).filter((name) => name === monitor || name.startsWith(`${monitor}_`));
  if (names.length > 0) return names.reduce((sum, name) => sum + logs[name]!, 0);
  throw new CycleGANError(
    'INVALID_OPTION',
    `earlyStop: option "monitor" must name a loss of the training, got "${monitor}". ${nearest(monitor, Object.keys(logs))}`,
  );
}
