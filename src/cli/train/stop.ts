/** Ctrl-C and SIGTERM end the training after the current step, so everything is saved. A second signal quits at once. */
import type { Training } from '../../trainer/engine/training.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { whenPipeCloses } from '../closed-pipe.js';
import { exitCodes } from '../exit-codes.js';

/** Why the training was stopped. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'closed pipe';

/** A callback that stops the training. */
export interface Stopper {
  readonly callback: TrainerCallback;
  /** Why it stopped, if it did. */
  readonly reason: StopReason | undefined;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The exit code of a training that was stopped. */
export const exitCodeOf = (reason: StopReason): number =>
  reason === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;

/**
 * Listens from now on. Put the callback last among the callbacks: then a second signal works until everything is saved.
 */
export function stopper(say: (text: string) => void): Stopper {
  let reason: StopReason | undefined;
  let trainer: Training | undefined;
  const stop = (why: StopReason) => {
    if (reason !== undefined) {
      forget();
      if (why !== 'closed pipe') process.kill(process.pid, why); // with the default action
      return;
    }
    reason = why;
    if (trainer !== undefined) trainer.stopTraining = true;
    if (why !== 'closed pipe')
      say('Stopping after this step, then saving. A second signal (Ctrl-C) quits at once.');
  };
  const forget = () => {
    for (const signal of signals) process.off(signal, stop);
  };
  for (const signal of signals) process.on(signal, stop);
  return {
    get reason() {
      return reason;
    },
    callback: {
      onTrainBegin(training) {
        trainer = training;
        trainer.stopTraining = reason !== undefined; // before the first step
        whenPipeCloses(() => {
          if (reason === undefined) stop('closed pipe');
        });
      },
      onTrainEnd: forget,
    },
  };
}
