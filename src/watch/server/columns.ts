/** The metrics of a run in memory: a growing array of values for each name, and the step of each row. */
import type { Summary } from '../protocol.js';
import { RangedValues, Values } from './values.js';

/** Names that are not drawn as curves of their own. */
const bookkeeping = new Set(['step', 'epoch', 'seconds']);
/** A run has about ten columns. More than this is not a run. */
const mostColumns = 64;

/** Rows of metrics, in the order of their steps. Values that are missing or not finite are NaN. */
export class Columns {
  readonly #values = new Map<string, RangedValues>();
  readonly #steps = new Values();
  /** How often rows were replaced. */
  cuts = 0;

  get length(): number {
    return this.#steps.length;
  }
  get steps(): Float64Array {
    return this.#steps.array;
  }
  /** Names of columns that are curves, in the order of the file. */
  get names(): string[] {
    return [...this.#values.keys()].filter((name) => !bookkeeping.has(name));
  }
  /** All values of a column, one for each step. */
  column(name: string): Float64Array | undefined {
    return this.#values.get(name)?.array;
  }

  /**
   * Adds a row. A resumed run repeats the steps since its checkpoint: the repeated rows replace the old ones.
   *
   * @returns whether the line was a row
   */
  add(line: Record<string, unknown>): boolean {
    const { step } = line;
    if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) return false;
    if (step <= this.#steps.last) this.#cut(indexOfStep(this.steps, step));
    const row = this.length;
    this.#steps.push(step);
    for (const [name, value] of Object.entries(line)) {
      if (name === 'step' || (typeof value !== 'number' && value !== null)) continue;
      if (!this.#values.has(name) && this.#values.size >= mostColumns) continue;
      const values = this.#values.get(name) ?? this.#newColumn(name);
      while (values.length < row) values.push(NaN);
      values.push(value ?? NaN);
    }
    for (const values of this.#values.values()) if (values.length === row) values.push(NaN);
    return true;
  }

  #newColumn(name: string): RangedValues {
    const values = new RangedValues();
    this.#values.set(name, values);
    return values;
  }

  #cut(length: number): void {
    this.cuts++;
    this.#steps.cut(length);
    for (const values of this.#values.values()) values.cut(length);
  }

  /** The last, smallest and largest value of a column. */
  summary(name: string): Summary {
    const { last, min, max } = this.#values.get(name) ?? new RangedValues();
    return { last: orNull(last), min: orNull(min), max: orNull(max) };
  }

  /** The last value of a column that is a number. */
  last(name: string): number | undefined {
    const values = this.column(name);
    for (let i = (values?.length ?? 0) - 1; i >= 0; i--) if (!Number.isNaN(values![i])) return values![i];
    return undefined;
  }
}

/** The first row whose step is at least `step`. */
export function indexOfStep(steps: Float64Array, step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** JSON has no NaN. */
export const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
