/** The states of callbacks, by the name of the callback, as parts of the trainer's state. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { TrainerCallback } from './callback.js';

/** The states of the callbacks, as plain data. */
export const callbackStates = (callbacks: readonly TrainerCallback[]): Record<string, unknown> =>
  Object.fromEntries(
    callbacks.flatMap((each) => (each.name && each.state ? [[each.name, each.state()]] : [])),
  );

/** Restores callbacks from saved states, by name. */
export function restoreCallbacks(
  where: string,
  callbacks: readonly TrainerCallback[],
  states: Readonly<Record<string, unknown>>,
): void {
  const names = callbacks.flatMap((each) => (each.name && each.state ? [each.name] : []));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: two callbacks with a state have the name ${show(twice)}. Give each a name of its own.`,
    );
  }
  for (const callback of callbacks) {
    if (callback.name && Object.hasOwn(states, callback.name)) callback.restore?.(states[callback.name]);
  }
}
