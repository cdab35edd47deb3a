/** Ends training when a loss has stopped falling. */
import { finiteNumber, oneOf, resolveOptions, wholeNumber, withDefault } from '../../core/options.js';
import type { TrainerCallback } from './callback.js';

/** Options of {@link earlyStop}. */
export interface EarlyStopOptions {
  /**
   * The loss to watch. The adversarial losses of a GAN say little about its pictures; the cycles' do.
   * @default 'cycle', the sum of cycle_A and cycle_B
   */
  monitor?: 'cycle' | 'cycle_A' | 'cycle_B' | 'idt_A' | 'idt_B';
  /**
   * Epochs without improvement that are borne.
   * @default 10
   */
  patience?: number;
  /**
   * What counts as an improvement.
   * @default 0
   */
  minDelta?: number;
}

const entries = {
  monitor: withDefault(oneOf('cycle', 'cycle_A', 'cycle_B', 'idt_A', 'idt_B'), 'cycle'),
  patience: withDefault(wholeNumber(0), 10),
  minDelta: withDefault(finiteNumber(0), 0),
};

/**
 * A callback that stops training when a loss has not fallen for some epochs.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function earlyStop(options: EarlyStopOptions = {}): TrainerCallback {
  const { monitor, patience, minDelta } = resolveOptions('earlyStop', entries, options);
  let best = Infinity;
  let waited = 0;
  return {
    onEpochEnd(_epoch, logs, trainer) {
      const value = monitor === 'cycle' ? logs.cycle_A + logs.cycle_B : logs[monitor];
      if (value < best - minDelta) [best, waited] = [value, 0];
      else if (++waited > patience) trainer.stopTraining = true;
    },
  };
}
