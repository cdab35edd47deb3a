/**
 * Values whose arrays are in the memory of threads: inputs and outputs of graphs that are replayed. An array is transferred to
 * another thread when a program there needs it.
 */
import { type Compiled, scalarOf } from '../compiler/compile.js';
import { explainRun } from '../compiler/explain.js';
import { type ExecutableProgram } from '../compiler/programs.js';
import { type Resident, type ResidentBuffer, type Value } from '../recording/value.js';
import { type HostArray } from '../runtime/array-types.js';
import { type OrtThread, type ThreadSession } from '../runtime/ort-thread.js';
import { type Runtime, type RuntimeThreads } from '../runtime/runtime.js';
import { type ResidentValues } from './resident-values.js';

/** An array in the memory of threads. */
class ThreadBuffer implements ResidentBuffer {
  values = 0;
  /** Its id in each thread that has it. */
  readonly ids: Map<OrtThread, number>;

  constructor(thread: OrtThread, id: number) {
    this.ids = new Map([[thread, id]]);
  }

  read(): HostArray {
    const [[thread, id]] = this.ids as unknown as [[OrtThread, number]];
    return thread.read([id], [true])[0]!;
  }

  free(): void {
    for (const [thread, id] of this.ids) thread.release(id);
  }
}

/** Where the array of a value is, which is in threads. */
const idsOf = ({ state }: Value) =>
  ((state as Resident).buffer as ResidentBuffer & Pick<ThreadBuffer, 'ids'>).ids;

/** A program in a thread. */
interface Job {
  readonly compiled: Compiled;
  readonly session: ThreadSession;
  readonly thread: OrtThread;
  readonly leaves: readonly Value[];
}

export class ThreadMemory {
  /** Null if there can be none. */
  private started: RuntimeThreads | null | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly residents: ResidentValues,
  ) {}

  /** The threads, which begin when they are first asked for; undefined if there can be none. */
  get all(): RuntimeThreads | undefined {
    if (this.started === undefined) this.started = (this.runtime.sync && this.runtime.threads?.()) || null;
    return this.started ?? undefined;
  }

  /** How many programs can run at the same time. */
  get concurrency(): number {
    return this.all?.concurrency ?? 1;
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
      thread: this.all!.at(i),
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
    for (const buffer of new Set(answers.flatMap(({ buffers = [] }) => buffers))) buffer.free();
    throw failed.error!;
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
        this.residents.attach(value, new ThreadBuffer(thread, id));
      } else if (!idsOf(value).has(thread)) {
        const [home] = idsOf(value).keys();
        distant.set(home!, [...(distant.get(home!) ?? []), value]);
      }
    }
    for (const [home, values] of distant) {
      const kept = values.map((value) =>
        others.some((job) => job.thread === home && job.leaves.includes(value)),
      );
      const ids = values.map(idsOf);
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

  dispose(): void {
    this.started?.dispose();
  }
}

/** Begins a program's run. @returns waits for its end and returns the buffers of the wanted values */
function begin({ compiled, session, thread, leaves }: Job): () => ThreadBuffer[] {
  const feeds = compiled.inputs.map(({ leaf, scalar }) => {
    const value = leaves[leaf]!;
    return scalar ? scalarOf(value) : idsOf(value).get(thread)!;
  });
  const wait = session.run(feeds);
  return () => {
    const ids = wait();
    const buffers = new Map(
      [...compiled.results.keys()].map((name, i) => [name, new ThreadBuffer(thread, ids[i]!)]),
    );
    return compiled.fetches.map((name) => buffers.get(name)!);
  };
}
