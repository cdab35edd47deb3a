/** The settings of the engine. */
import * as v from 'valibot';
import { finiteNumber, resolveOptions } from '../../core/options.js';
import type { MemoryUse } from './plan.js';
import type { Schedule } from './schedules.js';

/** The resolved options of a trainer, frozen. `setLearningRate` replaces the learning rates. */
export interface EngineSettings {
  /** Initial learning rates by group. */
  readonly learningRate: Readonly<Record<string, number>>;
  readonly epochs: number;
  readonly schedule: Schedule;
  readonly accumulate: number;
  readonly memory: MemoryUse | undefined;
  readonly seed: number;
}

const positive = () => v.pipe(finiteNumber(0), v.gtValue(0, 'a number above 0'));

/** The schema of one learning rate for all groups, or one for each. */
export const learningRateOf = <Name extends string>(groups: readonly Name[]) =>
  v.union(
    [positive(), v.strictObject(v.entriesFromList(groups, positive()))],
    `a number above 0, or { ${groups.join(', ')} }`,
  );

/** Learning rates by group, each mapped. */
export const byGroup = <Rates extends EngineSettings['learningRate']>(
  rates: Rates,
  map: (rate: number, group: string) => number,
): Rates =>
  Object.fromEntries(Object.entries(rates).map(([group, rate]) => [group, map(rate, group)])) as Rates;

/**
 * Checks one learning rate for all groups, or one for each.
 *
 * @throws CycleGANError `INVALID_OPTION`
 */
export function resolveRates<Rates extends EngineSettings['learningRate']>(
  where: string,
  current: Rates,
  rate: number | Rates,
): Rates {
  const entries = { learningRate: learningRateOf(Object.keys(current)) };
  const { learningRate: given } = resolveOptions(where, entries, { learningRate: rate });
  return Object.freeze(byGroup(current, (_, group) => (typeof given === 'number' ? given : given[group]!)));
}
