/** A callback with which Ctrl-C ends the training instead of the program, so the model can be saved. */
import { resolveOptions, satisfying, withDefault } from '../../core/options.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';

/** Options of {@link stopOnSignal}. */
export interface StopOnSignalOptions {
  /**
   * Signals that end the training.
   * @default ['SIGINT', 'SIGTERM'], sent by Ctrl-C and by programs such as `kill`
   */
  signals?: readonly NodeJS.Signals[];
}

const isSignals = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((name) => typeof name === 'string' && /^SIG[A-Z0-9]+$/.test(name));
const entries = {
  signals: withDefault(
    satisfying<readonly NodeJS.Signals[]>(isSignals, 'an array of signals such as "SIGINT"'),
    ['SIGINT', 'SIGTERM'],
  ),
};

/**
 * A callback that ends the training after the current step when a signal arrives, so `fit` returns and the model can be saved. A
 * second signal ends the program immediately.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function stopOnSignal(options: StopOnSignalOptions = {}): TrainerCallback {
  const { signals } = resolveOptions('stopOnSignal', entries, options);
  let stop: ((signal: NodeJS.Signals) => void) | undefined;
  const forget = () => {
    for (const signal of signals) if (stop) process.off(signal, stop);
  };
  return {
    onTrainBegin(trainer) {
      let came = false;
      stop = (signal) => {
        if (came) {
          forget();
          process.kill(process.pid, signal); // with the default action
        }
        came = true;
        trainer.stopTraining = true;
        process.stderr.write(
          '\nStopping after this step. A second signal (Ctrl-C) ends the program immediately.\n',
        );
      };
      for (const signal of signals) process.on(signal, stop);
    },
    onTrainEnd: forget,
  };
}
