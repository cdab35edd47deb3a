/** The facts that notes are based on. */
import type { Note } from '../protocol.js';

/** Statistics of the sheet of a step, for one direction. Values that the run does not have are undefined. */
export interface SheetStats {
  readonly step: number;
  /** `AtoB`, `BtoA`, or any other name. */
  readonly direction: string;
  /** Correlation of the values of inputs and fakes, from -1 to 1. */
  readonly inputFakeCorrelation?: number | undefined;
  /** Mean absolute difference of inputs and fakes, in units of [0, 1]. */
  readonly inputFakeDistance?: number | undefined;
  /** Mean absolute difference of pairs of fakes. */
  readonly fakeDiversity?: number | undefined;
  /** The same of pairs of inputs. */
  readonly inputDiversity?: number | undefined;
}

/** The metrics of a run and the statistics of its sheets. */
export interface RunFacts {
  readonly algorithm: string | null;
  /** The name of the adversarial loss, such as `lsgan`. */
  readonly adversarial: string | null;
  /** The step of each row of the metrics. */
  readonly steps: ArrayLike<number>;
  /** Names of the losses. */
  readonly losses: readonly string[];
  /** The values of a column, NaN if missing or not finite. */
  readonly column: (name: string) => ArrayLike<number> | undefined;
  /** In the order of the steps. */
  readonly sheets: readonly SheetStats[];
}

/** Returns the notes of one kind. */
export type Check = (facts: RunFacts) => Note[];

/** Readable names of the directions. */
export const directionName = (direction: string): string =>
  ({ AtoB: 'A to B', BtoA: 'B to A' })[direction] ?? direction;

/** The median of the values of `rows` that are not NaN; NaN if there is none. */
export function median(values: ArrayLike<number>, start: number, end = values.length): number {
  const sorted: number[] = [];
  for (let i = Math.max(0, start); i < end; i++) if (!Number.isNaN(values[i])) sorted.push(values[i]!);
  sorted.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
