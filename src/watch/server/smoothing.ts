/** Exponential moving averages of columns. While a run grows, only the new values are averaged. */
import type { Columns } from './columns.js';
import { Values } from './values.js';

interface Average {
  /** About this many rows are averaged. */
  readonly rows: number;
  /** Rows that are replaced change everything after them: then the average starts again. */
  readonly cuts: number;
  readonly values: Values;
  mean: number;
  weight: number;
}

/** The averages of one run. */
export class Averages {
  readonly #averages = new Map<string, Average>();

  /** The average of a column over about `rows` rows, at each row, without the bias of its start. */
  of(name: string, raw: Float64Array, rows: number, { cuts }: Columns): Float64Array {
    let average = this.#averages.get(name);
    if (average?.rows !== rows || average.cuts !== cuts || average.values.length > raw.length) {
      average = { rows, cuts, values: new Values(), mean: 0, weight: 0 };
      this.#averages.set(name, average);
    }
    const keep = 1 - 1 / rows;
    const { values } = average;
    for (let i = values.length; i < raw.length; i++) {
      const value = raw[i]!;
      if (!Number.isNaN(value)) {
        average.mean = keep * average.mean + (1 - keep) * value;
        average.weight = keep * average.weight + (1 - keep);
      }
      values.push(average.weight === 0 ? NaN : average.mean / average.weight);
    }
    return values.array;
  }
}
