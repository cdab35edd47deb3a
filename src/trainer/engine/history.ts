/** A callback that records the losses. */
import * as v from 'valibot';
import type { Losses } from './epoch.js';
import { checkForm } from './state-form.js';
import type { EpochLogs, TrainerCallback } from './callback.js';

/** The epochs that were trained, and the mean of each loss in them: `history.cycle_A[0]`. */
export interface History<L = Losses> {
  epoch: number[];
  history: Partial<Record<keyof EpochLogs<L>, number[]>>;
}

const copyOf = (lists: History['history']): History['history'] =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, [...values!]]));

const remembered = v.object({
  epoch: v.array(v.pipe(v.number(), v.integer())),
  history: v.record(v.string(), v.array(v.number())),
});

/**
 * A callback that collects the mean losses of each epoch, in the format of tfjs' `History`. `fit` returns only those of its own
 * epochs. This record can be read while training runs. It is part of the trainer's state, so a resumed run also has the epochs
 * before.
 */
export function history(): TrainerCallback & History {
  const record: History = { epoch: [], history: {} };
  return Object.assign(record, {
    name: 'history',
    state: () => ({ epoch: [...record.epoch], history: copyOf(record.history) }),
    restore(state: unknown) {
      checkForm('history', remembered, state, 'the record');
      const { epoch, history } = state as History;
      Object.assign(record, { epoch: [...epoch], history: copyOf(history) });
    },
    onEpochEnd(epoch: number, logs: EpochLogs) {
      record.epoch.push(epoch);
      for (const [name, value] of Object.entries(logs)) (record.history[name] ??= []).push(value!);
    },
  });
}
