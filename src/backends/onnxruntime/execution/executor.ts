/**
 * Computes values that are pending: gathers the graph that they need, compiles it if it is new, runs it, and
 * gives each value its numbers. Everything that live tensors need runs at once, so that a loop that reads one
 * number a step runs one graph a step.
 */
import { type HostData } from '../runtime/host-data.js';
import { util } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../../core/errors.js';
import { attempts } from './attempts.js';
import { BufferPool } from './buffer-pool.js';
import { type Compiled, feedsOf, hand, isUnique } from '../compiler/compile.js';
import { Cutter } from '../recording/flush-policy.js';
import { explainRun, onlyAsync } from '../compiler/explain.js';
import { gather, type Gathered, isWanted } from '../recording/gather.js';
import { hide, shownValuesOf, valuesOf } from './known-values.js';
import { type ResolvedOptions } from '../runtime/options.js';
import { type ExecutableProgram, Programs, signatureAt } from '../compiler/programs.js';
import { type Recorder } from '../recording/recorder.js';
import { type Replay, replayOf, valueOf } from './replay.js';
import { placesOf, Residents } from './thread-memory.js';
import { type Results, type Runtime, type Session } from '../runtime/runtime.js';
import { type Residence, Value } from '../recording/value.js';

/** What is traced. */
interface Computation {
  readonly inputs: readonly Value[];
  readonly compute: () => readonly Value[];
}

/** Gives `value`, wanted number `at` of the program `i`, its numbers. */
type Give = (value: Value, i: number, at: number, replay: Replay) => void;

export class Executor {
  private readonly counts = { runs: 0, runMs: 0, bytesFed: 0, bytesFetched: 0 };
  private readonly programs: Programs;
  private readonly buffers = new BufferPool();
  private readonly cutter = new Cutter();
  /** Gives the inputs of what is being traced their values back. */
  private showInputs: (() => void) | undefined;
  private readonly residents: Residents;
  /** What the last replay was fed: weights that are being replaced. */
  private replaced: readonly Value[] = [];
  /** Runs of an asynchronous runtime, one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly runtime: Runtime,
    options: ResolvedOptions,
    private readonly recorder: Recorder,
  ) {
    this.residents = new Residents(runtime);
    this.programs = new Programs(runtime, options, (job) => {
      this.queue = this.queue.then(job);
    });
  }

  get stats() {
    return {
      ...this.programs.stats,
      ...this.counts,
      arraysInThreads: this.residents.arrays,
      bytesKept: this.programs.bytesKept,
    };
  }

  /** Whether values can be computed while one waits. */
  get isSync(): boolean {
    return this.runtime.sync;
  }

  get sessions(): { count: number; bytes: number } {
    return this.programs.size;
  }

  /** A copy of the values of a value, computed now if need be. `kernel` names the one that asks for them, if one does. */
  readSync(value: Value, kernel?: string): HostData {
    this.endTrace();
    if (value.node !== undefined || value.running !== undefined) {
      if (!this.runtime.sync) throw onlyAsync(this.runtime.reason, kernel);
      this.computeSync(value);
    }
    return shownValuesOf(value, this.residents);
  }

  /** A copy of the values of a value, computed with all that is asked for before the program next waits. */
  async read(value: Value): Promise<HostData> {
    this.endTrace();
    value.readers++;
    try {
      await (this.runtime.sync ? this.runtime.nextTurn() : Promise.resolve());
      if (this.runtime.sync) return this.readSync(value);
      if (value.node !== undefined) this.start();
      await value.running;
      return shownValuesOf(value, this.residents);
    } finally {
      value.readers--;
    }
  }

  /** Runs what is recorded if it has become long, and this is a place to cut it. */
  cutIfLong(): void {
    if (this.showInputs === undefined)
      this.cutter.cutIfLong(this.recorder.nodes.length, () => void this.flush());
  }

  /** Computes all that is pending and held by tensors. What fails is told to those who read it. */
  flush(): Promise<void> | void {
    this.endTrace();
    if (this.runtime.sync) this.computeSync();
    else {
      this.start();
      return this.queue;
    }
  }

  // --- again ------------------------------------------------------------------------------------------------

  /** How many graphs can run at the same time. */
  get concurrency(): number {
    return this.residents.threads?.concurrency ?? 1;
  }

  /**
   * Records what computations do with their inputs, and runs them; two of them at the same time.
   *
   * @param computations one, or two where that can be; their inputs are different values each, whose numbers may change from
   * time to time
   * @returns how to do them again; undefined where outputs do not follow from a graph: because numbers were read
   * meanwhile, or because numbers cannot be computed while one waits
   * @throws what `compute` throws, and CycleGANError where the graph fails
   */
  trace(computations: readonly Computation[]): Replay[] | undefined {
    const canTrace = ({ inputs }: Computation) =>
      new Set(inputs).size === inputs.length && !inputs.some(isPacked);
    if (!this.runtime.sync || this.showInputs !== undefined || !computations.every(canTrace)) {
      for (const { compute } of computations) compute();
      void this.flush();
      return undefined;
    }
    this.computeSync();
    const taken = computations.map(({ inputs }) => inputs.map((value) => value.take()));
    this.showInputs = hide(new Set(computations.flatMap(({ inputs }) => inputs)), this.residents);
    let outputs: (readonly Value[])[];
    let undisturbed: boolean;
    try {
      outputs = computations.map(({ compute }) => compute());
    } finally {
      undisturbed = this.endTrace();
    }
    if (!undisturbed) {
      this.computeSync();
      return undefined;
    }
    const { threads } = this.residents;
    const places = placesOf(computations.length);
    const traced = computations.map(({ inputs }, i) => {
      const wanted = new Set(outputs[i]);
      const graph = gather(this.recorder.nodes, (value) => wanted.has(value));
      const replay = replayOf(graph, inputs, taken[i]!, outputs[i]!);
      if (threads === undefined) {
        this.runSync(graph);
        return { replay };
      }
      // before anything else is gathered
      return { replay, graph, program: this.programs.at(places[i]!, graph, threads) };
    });
    if (threads !== undefined) {
      this.cutter.startsAnew();
      const residences = this.runThere(
        traced.map(({ program }) => program!),
        traced.map(({ graph }) => graph!.leaves),
      );
      traced.forEach(({ graph }, i) => {
        graph!.wanted.forEach((value, k) => {
          this.residents.settle(value, residences[i]![k]!);
          value.node = undefined;
        });
      });
    }
    const replays = traced.map(({ replay }) => replay);
    this.dropDone();
    return replays;
  }

  /** Gives the inputs of what is being traced their values back; false if that has happened before. */
  private endTrace(): boolean {
    if (this.showInputs === undefined) return false;
    this.showInputs();
    this.showInputs = undefined;
    return true;
  }

  /** Runs what was traced with other inputs. Undefined if they are of other shapes, or a program is gone. */
  replay(replays: readonly Replay[], inputs: readonly (readonly Value[])[]): Value[][] | undefined {
    const { threads } = this.residents;
    const places = placesOf(replays.length);
    const programs = replays.map(({ signature }, i) =>
      this.programs.get(threads === undefined ? signature : signatureAt(places[i]!, signature)),
    );
    const fits = replays.every((replay, i) => inputs[i]!.every(({ spec }, k) => spec === replay.inputs[k]));
    if (!areThere(programs) || !fits) return undefined;
    if (this.recorder.nodes.length > 0) this.computeSync();
    const leaves = replays.map((replay, i) =>
      replay.leaves.map((source) => valueOf(source, inputs[i]!).take()),
    );
    const give =
      threads === undefined ? this.runHere(programs, leaves) : this.giveResidences(programs, leaves);
    return replays.map((replay, i) =>
      replay.outputs.map((output) => {
        if (output.from === 'outside') {
          const value = valueOf(output.source, inputs[i]!);
          value.refs++;
          return value;
        }
        const value = new Value(replay.specs[output.at]!, this.recorder);
        give(value, i, output.at, replay);
        return value;
      }),
    );
  }

  /** Runs programs one after the other. @returns gives a value its numbers */
  private runHere(programs: readonly ExecutableProgram[], leaves: readonly (readonly Value[])[]): Give {
    for (const value of this.replaced) this.buffers.give(value);
    for (const value of leaves.flat()) value.data ??= valuesOf(value, this.residents);
    const results = programs.map((program, i) => this.run(program, leaves[i]!));
    this.replaced = leaves.flat();
    return (value, i, at, { made, specs }) => {
      const { compiled } = programs[i]!;
      value.data = results[i]![compiled.fetches[at]!]!;
      value.owned = isUnique(compiled) && made === specs.length;
    };
  }

  private giveResidences(
    programs: readonly ExecutableProgram[],
    leaves: readonly (readonly Value[])[],
  ): Give {
    this.tidyResidents();
    const residences = this.runThere(programs, leaves);
    return (value, i, at) => {
      this.residents.settle(value, residences[i]![at]!);
    };
  }

  /** Runs programs at the same time in other threads; gives for each where its wanted values are. */
  private runThere(
    programs: readonly ExecutableProgram[],
    leaves: readonly (readonly Value[])[],
  ): Residence[][] {
    for (const value of leaves.flat())
      if (value.resident === undefined) value.data ??= valuesOf(value, this.residents);
    const start = util.now();
    try {
      return this.residents.run(programs, leaves);
    } finally {
      for (const [i, { compiled }] of programs.entries())
        this.count(compiled, i === 0 ? util.now() - start : 0);
    }
  }

  private tidyResidents(): void {
    if (this.recorder.nodes.length === 0) this.residents.tidy();
  }

  /** No tensor holds `value` any more. */
  leave(value: Value): void {
    this.residents.leave(value);
  }

  // --- while one waits --------------------------------------------------------------------------------------

  /** Computes all that is wanted. @param value the one that is read, if one is */
  private computeSync(value?: Value): void {
    const graph = gather(this.recorder.nodes);
    const failure = this.trySync(graph);
    if (failure !== undefined) {
      // What other tensors need may be at fault: this one alone tells.
      if (value !== undefined) this.computeAll(attempts(this.recorder.nodes, (other) => other === value));
      this.computeAll(attempts(this.recorder.nodes, isWanted, failure));
    }
    this.recorder.nodes = [];
    if (failure === undefined) for (const leaf of graph.leaves) this.buffers.give(leaf);
    this.residents.tidy();
  }

  private computeAll(graphs: ReturnType<typeof attempts>): void {
    let next = graphs.next();
    while (next.done !== true) next = graphs.next(this.trySync(next.value));
  }

  /** @returns why it could not be run */
  private trySync(gathered: Gathered): Error | undefined {
    try {
      this.runSync(gathered);
    } catch (error) {
      return error as Error;
    }
    return undefined;
  }

  /** Forgets the nodes of which nothing is left to be computed. */
  private dropDone(): void {
    this.recorder.nodes = this.recorder.nodes.filter((node) => node.outputs.some((output) => output.node));
  }

  private runSync(gathered: Gathered): void {
    this.cutter.startsAnew();
    if (gathered.wanted.length === 0) return;
    const program = this.programs.for(gathered);
    for (const leaf of gathered.leaves) if (leaf.fill === undefined) valuesOf(leaf, this.residents);
    hand(this.run(program, gathered.leaves), program.compiled, gathered.wanted);
  }

  private run({ compiled, session }: ExecutableProgram, leaves: readonly Value[]): Results {
    const feeds = feedsOf(compiled, leaves);
    const start = util.now();
    try {
      const names = [...compiled.results.keys()];
      return (session as Session<Results>).run(feeds, names, this.buffers.take(compiled.results));
    } catch (error) {
      throw explainRun(error, compiled.graph);
    } finally {
      this.count(compiled, util.now() - start);
    }
  }

  // --- later ------------------------------------------------------------------------------------------------

  /** Sends all that is pending on its way; each of the wanted values gets a promise. */
  private start(): void {
    this.cutter.startsAnew();
    const { nodes } = this.recorder;
    const wanted = new Set(nodes.flatMap(({ outputs }) => outputs.filter(isWanted)));
    this.recorder.nodes = [];
    if (wanted.size === 0) return;
    const graphs = attempts(nodes, (value) => wanted.has(value));
    let next = graphs.next();
    let run = this.prepare(next.value!); // before anything else is gathered
    const job = this.queue.then(async () => {
      while (next.done !== true) {
        next = graphs.next(await run());
        if (next.done !== true) run = this.prepare(next.value);
      }
      for (const value of wanted) value.running = undefined;
    });
    for (const value of wanted) {
      value.node = undefined;
      value.running = job;
    }
    this.queue = job;
  }

  /** Compiles what was gathered. @returns runs it, and tells why that could not be */
  private prepare(gathered: Gathered): () => Promise<Error | undefined> {
    const { leaves, wanted } = gathered;
    let program: ExecutableProgram;
    try {
      program = this.programs.for(gathered);
    } catch (error) {
      return () => Promise.resolve(error as Error);
    }
    const { compiled } = program;
    return async () => {
      try {
        for (const leaf of leaves) if (leaf.fill === undefined) valuesOf(leaf, this.residents);
        const session = await (program.session as Promise<Session<Promise<Results>>>);
        const start = util.now();
        const results = await session.run(feedsOf(compiled, leaves), [...compiled.results.keys()]);
        this.count(compiled, util.now() - start);
        hand(results, compiled, wanted);
      } catch (error) {
        return error instanceof CycleGANError ? error : explainRun(error, compiled.graph);
      }
      return undefined;
    };
  }

  private count({ bytesFed, bytesFetched }: Compiled, ms: number): void {
    this.counts.runs++;
    this.counts.runMs += ms;
    this.counts.bytesFed += bytesFed;
    this.counts.bytesFetched += bytesFetched;
  }

  dispose(): void {
    this.recorder.nodes = [];
    this.replaced = [];
    this.buffers.clear();
    this.programs.dispose();
    this.residents.dispose();
  }
}

const areThere = <T>(list: readonly (T | undefined)[]): list is readonly T[] => !list.includes(undefined);

/** Complex numbers and strings, which have no place in a graph. */
const isPacked = ({ spec: { dtype } }: Value): boolean => dtype === 'complex64' || dtype === 'string';
