/** What callbacks remember goes into the trainer's state, by the name of the callback. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { TrainerCallback } from './callback.js';

/** What the callbacks remember, as plain data. */
export const callbackStates = (callbacks: readonly TrainerCallback[]): Record<string, unknown> =>
  Object.fromEntries(
    callbacks.flatMap((each) => (each.name && each.state ? [[each.name, each.state()]] : [])),
  );

/** Gives callbacks what those of the same name remembered when the state was saved. */
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
      `${where}: two callbacks have the name ${show(twice)}, under which a state holds what they remember. ` +
        `Give each its own name.`,
    );
  }
  for (const callback of callbacks) {
    if (callback.name && Object.hasOwn(states, callback.name)) callback.restore?.(states[callback.name]);
  }
}
