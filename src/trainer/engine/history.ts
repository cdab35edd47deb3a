/** Remembers the losses. */
import type { Losses } from './epoch.js';
import type { EpochLogs, TrainerCallback } from './callback.js';

/** The epochs that were trained, and what each loss was in them: `history.cycle_A[0]`. */
export interface History<L = Losses> {
  epoch: number[];
  history: Partial<Record<keyof EpochLogs<L>, number[]>>;
}

/**
 * A callback that collects the mean losses of each epoch, in the form of tfjs' `History`. `fit` returns the
 * same at its end; this one can be looked at meanwhile.
 */
export function history(): TrainerCallback & History {
  const record: History = { epoch: [], history: {} };
  return Object.assign(record, {
    onEpochEnd(epoch: number, logs: EpochLogs) {
      record.epoch.push(epoch);
      for (const [name, value] of Object.entries(logs)) (record.history[name] ??= []).push(value);
    },
  });
}
