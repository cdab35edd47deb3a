/**
 * Values whose arrays are in other threads: what graphs that run again and again are fed, and what they give. An array goes to
 * another thread when it is needed there.
 */
import { type Compiled } from '../compiler/compile.js';
import { explainRun } from '../compiler/explain.js';
import { type Numbers, type OrtThread, type ThreadSession } from '../runtime/ort-thread.js';
import { type Place, type Runtime, type RuntimeThreads } from '../runtime/runtime.js';
import { type Residence, type Value } from '../recording/value.js';

/** A program in a thread. */
interface Job {
  readonly compiled: Compiled;
  readonly session: ThreadSession;
  readonly thread: OrtThread;
  readonly leaves: readonly Value[];
}

/** Where programs run that are one, or two at the same time. */
export const placesOf = (count: number): readonly Place[] => (count === 1 ? ['alone'] : ['first', 'second']);

export class Residents {
  /** Values that no tensor holds any more. Recorded nodes may still need them. */
  private left: Value[] = [];
  /** Null where there can be none. */
  private started: RuntimeThreads | null | undefined;
  /** Whether the threads have ended, and the arrays with them. */
  isDisposed = false;

  constructor(private readonly runtime: Runtime) {}

  /** The threads, which begin when they are first asked for; undefined where there can be none. */
  get threads(): RuntimeThreads | undefined {
    if (this.started === undefined) this.started = (this.runtime.sync && this.runtime.threads?.()) || null;
    return this.started ?? undefined;
  }

  /** How many arrays are in the threads. */
  get arrays(): number {
    return this.started?.arrays ?? 0;
  }

  /**
   * Runs programs at the same time, each in its thread, with these leaves; gives for each where its wanted values are.
   *
   * @throws CycleGANError that of the first which fails, when all have ended
   */
  run(
    programs: readonly { compiled: Compiled; session: unknown }[],
    leaves: readonly (readonly Value[])[],
  ): Residence[][] {
    const places = placesOf(programs.length);
    const jobs = programs.map(({ compiled, session }, i): Job => ({
      compiled,
      session: session as ThreadSession,
      thread: this.threads!.at(places[i]!),
      leaves: leaves[i]!,
    }));
    for (const job of jobs) this.bring(job, jobs);
    const answers = jobs.map(begin).map((wait, i) => {
      try {
        return { residences: wait() };
      } catch (error) {
        return { error: explainRun(error, jobs[i]!.compiled.graph) };
      }
    });
    const failed = answers.find(({ error }) => error !== undefined);
    if (failed === undefined) return answers.map(({ residences }) => residences!);
    for (const residence of new Set(answers.flatMap(({ residences = [] }) => residences))) release(residence);
    throw failed.error!;
  }

  /** Says where the array of a value is. */
  settle(value: Value, residence: Residence): void {
    value.resident = residence;
    residence.values++;
    if (value.refs <= 0) this.leave(value); // it was replaced while it was recorded
  }

  /** Sees to it that a job's thread has what it is fed. Arrays move; where another job needs one too, it gets a copy. */
  private bring({ thread, compiled, leaves }: Job, jobs: readonly Job[]): void {
    const others = jobs.filter((job) => job.thread !== thread);
    const distant = new Map<OrtThread, Value[]>();
    for (const { leaf, scalar } of compiled.inputs) {
      const value = leaves[leaf]!;
      if (scalar || value.resident?.numbers.has(thread) === true) continue;
      if (value.resident === undefined) {
        this.settle(value, {
          numbers: new Map([[thread, thread.write((value.data as Numbers).slice())]]),
          values: 0,
        });
        continue;
      }
      const [home] = value.resident.numbers.keys();
      distant.set(home!, [...(distant.get(home!) ?? []), value]);
    }
    for (const [home, values] of distant) {
      const kept = values.map((value) =>
        others.some((job) => job.thread === home && job.leaves.includes(value)),
      );
      const numbers = values.map(({ resident }) => resident!.numbers);
      const arrays = home.read(
        numbers.map((at) => at.get(home)!),
        kept,
      );
      arrays.forEach((array, i) => {
        if (!kept[i]) numbers[i]!.delete(home);
        numbers[i]!.set(thread, thread.write(array));
      });
    }
  }

  /** The numbers of a value. */
  read({ resident }: Value): Numbers {
    const [[thread, number]] = resident!.numbers as unknown as [[OrtThread, number]];
    return thread.read([number], [true])[0]!;
  }

  /** No tensor holds `value` any more. */
  leave(value: Value): void {
    if (value.resident !== undefined) this.left.push(value);
  }

  dispose(): void {
    this.isDisposed = true;
    this.left = [];
    this.started?.dispose();
  }

  /** Frees what no tensor holds. To be called where nothing is recorded that has not run. */
  tidy(): void {
    const { left } = this;
    this.left = left.filter(({ readers }) => readers > 0);
    for (const value of left) {
      if (value.readers > 0) continue;
      const residence = value.resident!;
      value.resident = undefined;
      if (--residence.values === 0) release(residence);
    }
  }
}

/** Begins a program's run; what comes back waits for its end, and tells where the wanted values are. */
function begin({ compiled, session, thread, leaves }: Job): () => Residence[] {
  const feeds = compiled.inputs.map(({ leaf, scalar }) => {
    const { resident, fill } = leaves[leaf]!;
    return scalar ? fill! : resident!.numbers.get(thread)!;
  });
  const wait = session.run(feeds);
  return () => {
    const numbers = wait();
    const residences = new Map(
      [...compiled.results.keys()].map((name, i) => [
        name,
        { numbers: new Map([[thread, numbers[i]!]]), values: 0 },
      ]),
    );
    return compiled.fetches.map((name) => residences.get(name)!);
  };
}

function release({ numbers }: Residence): void {
  for (const [thread, number] of numbers) thread.release(number);
}
