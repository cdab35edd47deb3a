/**
 * Computes values that are pending: gathers the graph that they need, compiles it if it is new, runs it, and
 * gives each value its numbers. Everything that live tensors need runs at once, so that a loop that reads one
 * number a step runs one graph a step.
 */
import { engine, util } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { BufferPool } from './buffer-pool.js';
import { type Compiled, feedsOf } from './compile.js';
import { explainRun } from './explain.js';
import { gather, type Gathered } from './graph/gather.js';
import { filledData } from './host-data.js';
import { type ResolvedOptions } from './options.js';
import { type ExecutableProgram, Programs } from './programs.js';
import { type Recorder } from './recorder.js';
import { type Replay, replayOf, valueOf } from './replay.js';
import { type Results, type Runtime, type Session } from './runtime/runtime.js';
import { type HostData, Value } from './values.js';

/** From this many recorded nodes on, the graph is cut between steps. */
const LONG = 512;
/** With this many it is cut wherever the program is. */
const TOO_LONG = 20_000;

export class Executor {
  private readonly counts = { runs: 0, runMs: 0, bytesFed: 0, bytesFetched: 0 };
  private readonly programs: Programs;
  private readonly buffers = new BufferPool();
  /** How many of tfjs' scopes the program was in at the last run, or fewer since. */
  private outermost = 0;
  /** The scope that it has entered on top of those. */
  private scope: number | undefined;
  /** The fewest scopes that kernels were recorded in since the last run. */
  private lowest = Infinity;
  /** The inputs of what is being traced, with their numbers. */
  private traced: Map<Value, HostData> | undefined;
  /** What the last replay was fed: weights that are being replaced. */
  private replaced: readonly Value[] = [];
  /** Runs of an asynchronous runtime, one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly runtime: Runtime,
    options: ResolvedOptions,
    private readonly recorder: Recorder,
  ) {
    this.programs = new Programs(runtime, options, (job) => {
      this.queue = this.queue.then(job);
    });
  }

  get stats() {
    return { ...this.programs.stats, ...this.counts };
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
      if (!this.runtime.sync) throw this.onlyAsync(kernel);
      this.computeSync(value);
    }
    return this.dataOf(value);
  }

  /** The numbers of a value, computed with all that is asked for before the program next waits. */
  async read(value: Value): Promise<HostData> {
    this.endTrace();
    value.readers++;
    try {
      await Promise.resolve();
      if (this.runtime.sync) return this.readSync(value);
      if (value.node !== undefined) this.start();
      await value.running;
      return this.dataOf(value);
    } finally {
      value.readers--;
    }
  }

  /**
   * Runs what is recorded if it has become long, for programs that never read a value. The cut is made where
   * the program is outside of gradients and has left the scope that it was in, or entered another: between the
   * steps of a training loop. So each step gives the same graph.
   */
  cutIfLong(): void {
    if (this.traced !== undefined) return;
    const { scopeStack, gradientDepth } = engine().state;
    const depth = scopeStack.length;
    this.lowest = Math.min(this.lowest, depth);
    this.outermost = Math.min(this.outermost, depth);
    const scope = scopeStack[this.outermost]?.id;
    const between = gradientDepth === 0 && (scope === undefined || scope !== this.scope);
    this.scope = scope;
    const { length } = this.recorder.nodes;
    if (length < LONG || (!between && length < TOO_LONG)) return;
    const outermost = between ? this.outermost : this.lowest; // a scope that never ends tells nothing
    void this.flush();
    this.outermost = outermost;
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

  /**
   * Records what `compute` does with `inputs` and runs it.
   *
   * @param inputs different values, whose numbers may change from time to time
   * @returns how to do it again; undefined where the outputs do not follow from a graph: because numbers were read
   * meanwhile, or because numbers cannot be computed while one waits
   */
  trace(inputs: readonly Value[], compute: () => readonly Value[]): Replay | undefined {
    const distinct = new Set(inputs).size === inputs.length;
    if (!this.runtime.sync || !distinct || inputs.some(isPacked) || this.traced !== undefined) {
      compute();
      void this.flush();
      return undefined;
    }
    this.computeSync();
    // While `compute` runs nobody knows the inputs' numbers, so that nothing is made of them outside of the graph.
    this.traced = new Map(inputs.map((value) => [value, this.dataOf(value)]));
    for (const value of inputs) value.data = value.fill = undefined;
    let outputs: readonly Value[];
    let undisturbed: boolean;
    try {
      outputs = compute();
    } finally {
      undisturbed = this.endTrace();
    }
    if (!undisturbed) {
      this.computeSync();
      return undefined;
    }
    const gathered = gather(this.recorder.nodes, new Set(outputs));
    const replay = replayOf(gathered, inputs, outputs);
    this.runSync(gathered, false);
    this.dropDone();
    return replay;
  }

  /** Gives the inputs of what is being traced their numbers back; false if that has happened before. */
  private endTrace(): boolean {
    if (this.traced === undefined) return false;
    for (const [value, data] of this.traced) value.data = data;
    this.traced = undefined;
    return true;
  }

  /** Runs what was traced with other inputs. Undefined if they are of other shapes, or the program is gone. */
  replay(replay: Replay, inputs: readonly Value[]): Value[] | undefined {
    const program = this.programs.get(replay.signature);
    const fits = inputs.every(({ spec }, i) => spec === replay.inputs[i]);
    if (program === undefined || !fits) return undefined;
    if (this.recorder.nodes.length > 0) this.computeSync();
    for (const value of this.replaced) this.buffers.give(value);
    for (const value of inputs) value.data ??= this.dataOf(value); // filled ones have none
    const { compiled } = program;
    const leaves = replay.leaves.map((source) => valueOf(source, inputs));
    const results = this.run(program, leaves);
    this.replaced = leaves;
    const owned = isUnique(compiled) && replay.made === replay.specs.length;
    return replay.outputs.map((output) => {
      if (output.from === 'outside') {
        const value = valueOf(output.source, inputs);
        value.refs++;
        return value;
      }
      const value = new Value(replay.specs[output.at]!, this.recorder);
      value.data = results[compiled.fetches[output.at]!]!;
      value.owned = owned;
      return value;
    });
  }

  /** Nothing is recorded any more. */
  private startsAnew(): void {
    this.outermost = engine().state.scopeStack.length;
    this.lowest = Infinity;
  }

  /** The numbers of a value, for others to see: from then on they may not be written over. */
  private dataOf(value: Value): HostData {
    const { data, fill, spec, error } = value;
    value.owned = false;
    if (data !== undefined) return data;
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

  private onlyAsync(kernel: string | undefined): CycleGANError {
    const { reason } = this.runtime as { reason: string };
    const what =
      kernel === undefined
        ? 'dataSync() and arraySync() need numbers that are not computed yet'
        : `kernel "${kernel}" runs on the cpu backend and needs numbers that are not computed yet`;
    const how =
      kernel === undefined
        ? 'Use await tensor.data() or await tensor.array().'
        : 'Wait for its inputs first (await tensor.data()), and do not call it inside a gradient.';
    return new CycleGANError('UNSUPPORTED', `onnxruntime backend: ${what}, and ${reason}. ${how}`);
  }

  // --- while one waits --------------------------------------------------------------------------------------

  private computeSync(value?: Value): void {
    try {
      this.runSync(gather(this.recorder.nodes), true);
      this.recorder.nodes = [];
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
    this.startsAnew();
    if (gathered.wanted.length === 0) return;
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
    this.startsAnew();
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

/** Whether each wanted value has an array of its own. */
const isUnique = ({ fetches, results }: Compiled): boolean => results.size === fetches.length;

/** Complex numbers and strings, which have no place in a graph. */
const isPacked = ({ spec: { dtype } }: Value): boolean => dtype === 'complex64' || dtype === 'string';
