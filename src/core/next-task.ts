/**
 * Lets waiting events (timers, clicks, signals) have their turn. On a backend that computes at once, awaiting a
 * result does not: promises that are already settled never leave the microtask queue.
 */

// There in every runtime that tfjs knows, but in no library of ECMAScript itself.
declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;

/** Resolves in a task of its own. */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
