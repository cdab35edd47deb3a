/**
 * Computes values that are pending: gathers the graph that they need, compiles it if it is new, runs it, and
 * gives each value its numbers. Everything that live tensors need runs at once, so that a loop that reads one
 * number a step runs one graph a step.
 */
import { util } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { BufferPool } from './buffer-pool.js';
import { type Compiled, feedsOf } from './compile.js';
import { Cutter } from './cutter.js';
import { explainRun, onlyAsync } from './explain.js';
import { gather, type Gathered } from './graph/gather.js';
import { filledData } from './host-data.js';
import { type ResolvedOptions } from './options.js';
import { type ExecutableProgram, Programs, signatureAt } from './programs.js';
import { type Recorder } from './recorder.js';
import { type Replay, replayOf, valueOf } from './replay.js';
import { placesOf, Residents } from './residents.js';
import { type Results, type Runtime, type Session } from './runtime/runtime.js';
import { type HostData, type Residence, Value } from './values.js';

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
  /** The inputs of what is being traced, with their numbers. */
  private traced: Map<Value, HostData | undefined> | undefined;
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
    return { ...this.programs.stats, ...this.counts, arraysInThreads: this.residents.arrays };
  }

  /** Whether values can be computed while one waits. */
  get isSync(): boolean {
    return this.runtime.sync;
  }

  get sessions(): { count: number; bytes: number } {
    return this.programs.size;
  }

  /** The numbers of a value, computed now if need be. `kernel` names the one that asks for them, if one does. */
  readSync(value: Value, kernel?: string): HostData {
    this.endTrace();
    if (value.node !== undefined || value.running !== undefined) {
      if (!this.runtime.sync) throw onlyAsync(this.runtime.reason, kernel);
      this.computeSync(value);
    }
    return this.dataOf(value);
  }

  /** The numbers of a value, computed with all that is asked for before the program next waits. */
  async read(value: Value): Promise<HostData> {
    this.endTrace();
    value.readers++;
    try {
      await (this.runtime.sync ? this.runtime.nextTurn() : Promise.resolve());
      if (this.runtime.sync) return this.readSync(value);
      if (value.node !== undefined) this.start();
      await value.running;
      return this.dataOf(value);
    } finally {
      value.readers--;
    }
  }

  /** Runs what is recorded if it has become long, and this is a place to cut it. */
  cutIfLong(): void {
    if (this.traced === undefined) this.cutter.cutIfLong(this.recorder.nodes.length, () => void this.flush());
  }

  /** Computes all that is pending and held by tensors. */
  flush(): Promise<void> | void {
    this.endTrace();
    if (this.runtime.sync) this.computeSync();
    else {
      this.start();
      return this.queue;
    }
  }

  // --- again ------------------------------------------------------------------------------------------------

  /** Whether two graphs can run at the same time. */
  get runsTwo(): boolean {
    return this.residents.threads?.areTwo === true;
  }

  /**
   * Records what computations do with their inputs, and runs them; two of them at the same time.
   *
   * @param computations one, or two where that can be; their inputs are different values each, whose numbers may change from
   * time to time
   * @returns how to do them again; undefined where outputs do not follow from a graph: because numbers were read
   * meanwhile, or because numbers cannot be computed while one waits
   */
  trace(computations: readonly Computation[]): Replay[] | undefined {
    const canTrace = ({ inputs }: Computation) =>
      new Set(inputs).size === inputs.length && !inputs.some(isPacked);
    if (!this.runtime.sync || this.traced !== undefined || !computations.every(canTrace)) {
      for (const { compute } of computations) compute();
      void this.flush();
      return undefined;
    }
    this.computeSync();
    // While they are recorded nobody knows the inputs' numbers, so that nothing is made of them outside of the graph.
    const inputs = new Set(computations.flatMap((computation) => computation.inputs));
    const numbersOf = (value: Value) => (value.resident === undefined ? this.dataOf(value) : value.data);
    this.traced = new Map([...inputs].map((value) => [value, numbersOf(value)]));
    for (const value of inputs) value.data = value.fill = undefined;
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
      const graph = gather(this.recorder.nodes, new Set(outputs[i]));
      const replay = replayOf(graph, inputs, outputs[i]!);
      if (threads === undefined) {
        this.runSync(graph, false);
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

  /** Gives the inputs of what is being traced their numbers back; false if that has happened before. */
  private endTrace(): boolean {
    if (this.traced === undefined) return false;
    for (const [value, data] of this.traced) value.data = data;
    this.traced = undefined;
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
    const leaves = replays.map((replay, i) => replay.leaves.map((source) => valueOf(source, inputs[i]!)));
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
    for (const value of leaves.flat()) if (value.fill !== undefined) value.data ??= this.dataOf(value);
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
    for (const value of leaves.flat()) if (value.resident === undefined) value.data ??= this.dataOf(value);
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

  /** The numbers of a value, for others to see: from then on they may not be written over. */
  private dataOf(value: Value): HostData {
    const { data, fill, spec, error, resident } = value;
    value.owned = false;
    if (data !== undefined) return data;
    if (resident !== undefined && !this.residents.isDisposed)
      return (value.data = this.residents.read(value));
    if (fill !== undefined) return filledData(spec.size, spec.dtype, fill);
    throw (
      error ??
      new CycleGANError(
        'DISPOSED',
        'onnxruntime backend: this tensor cannot be read: its backend was removed or reset, or it was disposed. ' +
          'Read tensors (await tensor.data()) before.',
      )
    );
  }

  // --- while one waits --------------------------------------------------------------------------------------

  private computeSync(value?: Value): void {
    try {
      this.runSync(gather(this.recorder.nodes), true);
      this.recorder.nodes = [];
      this.residents.tidy();
    } catch (cause) {
      if (value === undefined) throw cause;
      // What other tensors need may be at fault: this one alone.
      try {
        this.runSync(gather(this.recorder.nodes, new Set([value])), false);
      } catch (error) {
        value.error = error as CycleGANError;
        value.node = undefined;
      }
      this.dropDone();
    }
  }

  /** Forgets the nodes of which nothing is left to be computed. */
  private dropDone(): void {
    this.recorder.nodes = this.recorder.nodes.filter((node) => node.outputs.some((output) => output.node));
  }

  /** @param whole whether all recorded nodes have run then, so that nothing refers to what went in */
  private runSync(gathered: Gathered, whole: boolean): void {
    this.cutter.startsAnew();
    if (gathered.wanted.length === 0) return;
    for (const leaf of gathered.leaves) if (leaf.resident !== undefined) this.dataOf(leaf);
    const program = this.programs.for(gathered);
    hand(this.run(program, gathered.leaves), program.compiled, gathered.wanted);
    if (whole) for (const leaf of gathered.leaves) this.buffers.give(leaf);
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
    const gathered = gather(this.recorder.nodes);
    const { nodes, leaves, wanted } = gathered;
    this.cutter.startsAnew();
    if (wanted.length === 0) return;
    const program = this.programs.for(gathered);
    this.recorder.nodes = [];
    const origins = wanted.map((value) => value.node);
    const job = this.queue.then(async () => {
      try {
        for (const leaf of leaves) if (leaf.data === undefined && leaf.fill === undefined) this.dataOf(leaf);
        const session = await (program.session as Promise<Session<Promise<Results>>>);
        const start = util.now();
        const results = await session.run(feedsOf(program.compiled, leaves), [
          ...program.compiled.results.keys(),
        ]);
        this.count(program.compiled, util.now() - start);
        hand(results, program.compiled, wanted);
      } catch (error) {
        // Those who wait hear of it; the rest may be tried again.
        const explained = error instanceof CycleGANError ? error : explainRun(error, program.compiled.graph);
        wanted.forEach((value, i) => {
          if (value.readers > 0) value.error = explained;
          else value.node = origins[i];
        });
        this.recorder.nodes = [...nodes, ...this.recorder.nodes];
      }
      for (const value of wanted) value.running = undefined;
    });
    for (const value of wanted) {
      value.node = undefined;
      value.running = job;
    }
    this.queue = job;
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

/** Gives each wanted value its numbers. */
function hand(results: Results, compiled: Compiled, wanted: readonly Value[]): void {
  const owned = isUnique(compiled);
  wanted.forEach((value, i) => {
    value.data = results[compiled.fetches[i]!]!;
    value.owned = owned;
    value.node = undefined;
  });
}

const areThere = <T>(list: readonly (T | undefined)[]): list is readonly T[] => !list.includes(undefined);

/** Whether each wanted value has an array of its own. */
const isUnique = ({ fetches, results }: Compiled): boolean => results.size === fetches.length;

/** Complex numbers and strings, which have no place in a graph. */
const isPacked = ({ spec: { dtype } }: Value): boolean => dtype === 'complex64' || dtype === 'string';
