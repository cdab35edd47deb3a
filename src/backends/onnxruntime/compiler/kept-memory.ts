/**
 * Decides which sessions keep the memory of a run for the next one. Keeping it saves up to a fifth of the time, but a program
 * that translates images of many sizes has a session for each, which together would keep gigabytes.
 *
 * The first sessions keep memory at once. Beyond that a session must run a few times in close succession, and sessions that
 * have not run for long release their memory.
 */
import { type ResolvedOptions } from '../runtime/options.js';

/**
 * Limits are bytes of values at the peaks of graphs; sessions keep two to four times as much.
 *
 * A graph that is recorded to be replayed, as those of a training step, will run again. So the first ones keep memory at
 * once, however large: 256 px steps need 0.8 GB less than if the session were created again after some runs.
 */
const AT_ONCE = { recorded: 16 * 2 ** 20, replayed: 128 * 2 ** 20 };

/**
 * Measured with 32 filters and 6 blocks at 64 and 128 pixels: 180 → 143 and 329 → 291 ms a step for 40 and 70 MB; with 64 filters
 * and 9 blocks at 256 pixels 3.6 → 3.3 s for 0.3 GB.
 */
const MOST = 1.25 * 2 ** 30;

/** Runs in close succession, each at most `CLOSE` runs of any session after the one before; the next run keeps memory. */
const ENOUGH = 4;
const CLOSE = 16;

/** Runs of any session after which one that has not run counts as unused. */
const UNUSED = 64;

/** What one session does with its memory. */
export interface RunMemory {
  readonly peak: number;
  readonly keeps: boolean;
  /** Runs in close succession, up to the last. */
  readonly closeRuns: number;
}

interface Known extends RunMemory {
  keeps: boolean;
  closeRuns: number;
  lastRun: number;
  readonly isFixed: boolean;
  readonly changed: () => void;
}

export class KeptMemory {
  private readonly keeping = new Set<Known>();
  private runs = 0;

  constructor(private readonly mode: ResolvedOptions['keepMemory']) {}

  /** Bytes of values at the peaks of graphs whose sessions keep memory. */
  get bytes(): number {
    return [...this.keeping].reduce((sum, { peak }) => sum + peak, 0);
  }

  /**
   * @param peak bytes of values at the peak of a run
   * @param use what the graph was recorded for
   * @param changed called when `keeps` has changed later, so that the session is created again
   * @param replaced the memory of the session whose place it takes; it then keeps memory from now on or never
   */
  create(peak: number, use: keyof typeof AT_ONCE, changed: () => void, replaced?: RunMemory): RunMemory {
    const closeRuns = replaced?.closeRuns ?? 0;
    const isFixed = replaced !== undefined;
    const memory: Known = { peak, changed, isFixed, closeRuns, keeps: false, lastRun: this.runs };
    const { bytes } = this;
    const fits =
      use === 'replayed' ? bytes < AT_ONCE.replayed && bytes + peak <= MOST : bytes + peak <= AT_ONCE[use];
    if (this.mode === 'always' || (this.mode === 'auto' && fits)) this.keep(memory);
    else if (closeRuns >= ENOUGH) this.keepIfFits(memory);
    return memory;
  }

  /** To be called before each run. */
  willRun(given: RunMemory): void {
    const memory = given as Known;
    this.runs++;
    memory.closeRuns = this.runs - memory.lastRun <= CLOSE ? memory.closeRuns + 1 : 1;
    memory.lastRun = this.runs;
    if (memory.keeps || memory.isFixed || memory.closeRuns <= ENOUGH) return;
    if (this.keepIfFits(memory)) memory.changed();
  }

  /** To be called when the session is released. */
  remove(memory: RunMemory): void {
    this.keeping.delete(memory as Known);
  }

  private keep(memory: Known): void {
    memory.keeps = true;
    this.keeping.add(memory);
  }

  /** Keeps the memory of a session that runs again and again, after unused ones have released theirs. @returns whether it fits */
  private keepIfFits(memory: Known): boolean {
    if (this.mode !== 'auto') return false;
    for (const other of this.keeping) {
      if (this.runs - other.lastRun <= UNUSED) continue;
      this.keeping.delete(other);
      other.keeps = false;
      other.closeRuns = 0;
      other.changed();
    }
    const fits = this.bytes + memory.peak <= MOST;
    if (fits) this.keep(memory);
    return fits;
  }
}
