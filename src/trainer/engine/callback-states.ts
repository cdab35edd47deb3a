/** The states of callbacks, which are part of the trainer's state, by the name of the callback. */
import type { TrainerCallback } from './callback.js';

/** Callbacks that have a state, by name. The second callback of a name gets a 2, and so on. */
function named(callbacks: readonly TrainerCallback[]): Map<string, TrainerCallback> {
  const found = new Map<string, TrainerCallback>();
  for (const callback of callbacks) {
    const { name } = callback;
    if (name === undefined || callback.state === undefined) continue;
    let unique = name;
    for (let count = 2; found.has(unique); count++) unique = `${name} ${count}`;
    found.set(unique, callback);
  }
  return found;
}

/** The states of the callbacks, as plain data. */
export const callbackStates = (callbacks: readonly TrainerCallback[]): Record<string, unknown> =>
  Object.fromEntries([...named(callbacks)].map(([name, callback]) => [name, callback.state!()]));

/** Restores the states of callbacks by name. */
export function restoreCallbacks(
  callbacks: readonly TrainerCallback[],
  states: Readonly<Record<string, unknown>>,
): void {
  for (const [name, callback] of named(callbacks)) {
    if (Object.hasOwn(states, name)) callback.restore?.(states[name]);
  }
}
