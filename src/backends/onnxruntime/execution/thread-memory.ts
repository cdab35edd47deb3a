/**
 * Values whose arrays are in the memory of threads: inputs and outputs of graphs that are replayed. An array is transferred to
 * another thread when a program there needs it.
 */
import { type Compiled, scalarOf } from '../compiler/compile.js';
import { explainRun } from '../compiler/explain.js';
import { type ExecutableProgram } from '../compiler/programs.js';
import { empty, type Resident, type ThreadBuffer, type Value } from '../recording/value.js';
import { type HostArray } from '../runtime/array-types.js';
import { type OrtThread, type ThreadSession } from '../runtime/ort-thread.js';
import { type Runtime, type RuntimeThreads } from '../runtime/runtime.js';

/** A program in a thread. */
interface Job {
  readonly compiled: Compiled;
  readonly session: ThreadSession;
  readonly thread: OrtThread;
  readonly leaves: readonly Value[];
}

export class ThreadMemory {
  /** Values that no tensor holds any more. Recorded nodes may still need them. */
  private released: Value[] = [];
  /** Null if there can be none. */
  private started: RuntimeThreads | null | undefined;
  /** Whether the threads have ended, and their memory with them. */
  isDisposed = false;

  constructor(private readonly runtime: Runtime) {}

  /** The threads, which begin when they are first asked for; undefined if there can be none. */
  get threads(): RuntimeThreads | undefined {
    if (this.started === undefined) this.started = (this.runtime.sync && this.runtime.threads?.()) || null;
    return this.started ?? undefined;
  }

  /** How many programs can run at the same time. */
  get concurrency(): number {
    return this.threads?.concurrency ?? 1;
  }

  /** How many arrays are in the threads. */
  get arrays(): number {
    return this.started?.arrays ?? 0;
  }

  /**
   * Runs programs at the same time, each in its own thread.
   *
   * @param leaves of each program; those that are fed are resident or have host data
   * @returns for each program the buffers of its wanted values
   * @throws CycleGANError of the first program that fails, after all have ended
   */
  run(programs: readonly ExecutableProgram[], leaves: readonly (readonly Value[])[]): ThreadBuffer[][] {
    const jobs = programs.map(({ compiled, session }, i): Job => ({
      compiled,
      session: session.get() as ThreadSession,
      thread: this.threads!.at(i),
      leaves: leaves[i]!,
    }));
    for (const job of jobs) this.transfer(job, jobs);
    const answers = jobs.map(begin).map((wait, i) => {
      try {
        return { buffers: wait() };
      } catch (error) {
        return { error: explainRun(error, jobs[i]!.compiled.graph) };
      }
    });
    const failed = answers.find(({ error }) => error !== undefined);
    if (failed === undefined) return answers.map(({ buffers }) => buffers!);
    for (const buffer of new Set(answers.flatMap(({ buffers = [] }) => buffers))) free(buffer);
    throw failed.error!;
  }

  /** A value's array is in `buffer` from now on, and stays in main memory if it is there. */
  attach(value: Value, buffer: ThreadBuffer): void {
    const { state, hostData } = value;
    const owned = state.type === 'known' && state.owned;
    value.state = { type: 'resident', buffer, data: hostData, owned };
    buffer.values++;
    if (value.refs <= 0) this.release(value); // it was replaced while it was recorded
  }

  /** Transfers to a job's thread what it is fed. If another job needs an array too, the thread gets a copy. */
  private transfer({ thread, compiled, leaves }: Job, jobs: readonly Job[]): void {
    const others = jobs.filter((job) => job.thread !== thread);
    const distant = new Map<OrtThread, Value[]>();
    for (const { leaf, scalar } of compiled.inputs) {
      const value = leaves[leaf]!;
      if (scalar) continue;
      if (value.state.type !== 'resident') {
        const id = thread.write((value.hostData as HostArray).slice());
        this.attach(value, { ids: new Map([[thread, id]]), values: 0 });
      } else if (!value.state.buffer.ids.has(thread)) {
        const [home] = value.state.buffer.ids.keys();
        distant.set(home!, [...(distant.get(home!) ?? []), value]);
      }
    }
    for (const [home, values] of distant) {
      const kept = values.map((value) =>
        others.some((job) => job.thread === home && job.leaves.includes(value)),
      );
      const ids = values.map(({ state }) => (state as Resident).buffer.ids);
      const arrays = home.read(
        ids.map((at) => at.get(home)!),
        kept,
      );
      arrays.forEach((array, i) => {
        if (!kept[i]) ids[i]!.delete(home);
        ids[i]!.set(thread, thread.write(array));
      });
    }
  }

  /** A copy of the elements in a buffer. */
  read({ ids }: ThreadBuffer): HostArray {
    const [[thread, id]] = ids as unknown as [[OrtThread, number]];
    return thread.read([id], [true])[0]!;
  }

  /** No tensor holds `value` any more. */
  release(value: Value): void {
    if (value.state.type === 'resident') this.released.push(value);
  }

  /** Frees the buffers of released values. Must be called only if all recorded nodes have run. */
  collect(): void {
    const { released } = this;
    this.released = released.filter(({ readers }) => readers > 0);
    for (const value of released) {
      if (value.readers > 0 || value.state.type !== 'resident') continue;
      const { buffer, data, owned } = value.state;
      value.state = data === undefined ? empty : { type: 'known', data, owned };
      if (--buffer.values === 0) free(buffer);
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.released = [];
    this.started?.dispose();
  }
}

/** Begins a program's run. @returns waits for its end and returns the buffers of the wanted values */
function begin({ compiled, session, thread, leaves }: Job): () => ThreadBuffer[] {
  const feeds = compiled.inputs.map(({ leaf, scalar }) => {
    const value = leaves[leaf]!;
    return scalar ? scalarOf(value) : (value.state as Resident).buffer.ids.get(thread)!;
  });
  const wait = session.run(feeds);
  return () => {
    const ids = wait();
    const buffers = new Map(
      [...compiled.results.keys()].map((name, i) => [name, { ids: new Map([[thread, ids[i]!]]), values: 0 }]),
    );
    return compiled.fetches.map((name) => buffers.get(name)!);
  };
}

function free({ ids }: ThreadBuffer): void {
  for (const [thread, id] of ids) thread.release(id);
}
