/** Records the losses of each epoch. */
import type { Losses } from './epoch.js';
import type { EpochLogs, TrainerCallback } from './callback.js';

/** The completed epochs, and the mean of each loss in each of them: `history.cycle_A[0]`. */
export interface History<L = Losses> {
  epoch: number[];
  history: Partial<Record<keyof EpochLogs<L>, number[]>>;
}

/**
 * A callback that records the mean losses of each epoch, in the format of tfjs' `History`. `fit` returns the same record at
 * its end; this one can be read during training.
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
