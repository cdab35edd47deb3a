/** Checks the run folders about once a second while a client waits for changes, and notifies all clients. */
import type { Run } from './run.js';

/**
 * Milliseconds between two checks. A check stats a few files. Change events of the file system are not used: they are missing on network
 * shares, where training often writes.
 */
const between = 1000;

/** Finds out which runs have changed. */
export class Changes {
  readonly #runs: readonly Run[];
  readonly #waiting = new Set<(changed: readonly number[]) => void>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  closed = false;

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  /** Reads what is new in all runs. Simultaneous calls share one check. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const changed: number[] = [];
    for (const [id, run] of this.#runs.entries()) if (await run.refresh()) changed.push(id);
    if (changed.length > 0) this.#tell(changed);
  }

  #tell(changed: readonly number[]): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve(changed);
  }

  /** Waits for the next change, at most `limit` milliseconds. Returns the changed runs, or none. */
  next(limit: number, signal: AbortSignal): Promise<readonly number[]> {
    return new Promise((resolve) => {
      if (this.closed || signal.aborted) {
        resolve([]);
        return;
      }
      const done = (changed: readonly number[]) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#waiting.delete(done);
        resolve(changed);
      };
      const stop = () => done([]);
      const timer = setTimeout(stop, limit);
      signal.addEventListener('abort', stop);
      this.#waiting.add(done);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#timer || this.closed) return;
    this.#timer = setTimeout(() => {
      this.look()
        .catch(() => undefined) // a disk that is away for a moment
        .finally(() => {
          this.#timer = undefined;
          if (this.#waiting.size > 0) this.#schedule();
        });
    }, between);
  }

  /** Ends the waiting of all clients. */
  close(): void {
    this.closed = true;
    clearTimeout(this.#timer);
    this.#tell([]);
  }
}
