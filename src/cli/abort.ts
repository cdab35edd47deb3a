/** Ctrl-C and SIGTERM end a command after the current piece of work; a second signal quits at once. */
import { exitCodes } from './exit-codes.js';

/** Runs `work` with a signal that is aborted by Ctrl-C. Returns its result, and the exit code if it was stopped. */
export async function untilStopped<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ result: T; stopped: number | undefined }> {
  const controller = new AbortController();
  let stopped: number | undefined;
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const forget = () => {
    for (const name of signals) process.off(name, stop);
  };
  const stop = (name: (typeof signals)[number]) => {
    if (stopped !== undefined) {
      forget();
      process.kill(process.pid, name); // with the default action
      return;
    }
    stopped = name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
    controller.abort();
  };
  for (const name of signals) process.on(name, stop);
  try {
    return { result: await work(controller.signal), stopped };
  } finally {
    forget();
  }
}
