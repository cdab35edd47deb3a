/** Counters of runs, for `stats()`. */
import { type Compiled } from '../compiler/compile.js';

export class RunCounts {
  readonly totals = { runs: 0, runMs: 0, bytesFed: 0, bytesFetched: 0 };

  add({ bytesFed, bytesFetched }: Compiled, ms: number): void {
    const { totals } = this;
    totals.runs++;
    totals.runMs += ms;
    totals.bytesFed += bytesFed;
    totals.bytesFetched += bytesFetched;
  }
}
