/**
 * Computes values that are pending: gathers the graph that they need, compiles it if it is new, runs it, and
 * gives each value its numbers. Everything that live tensors need runs at once, so that a loop that reads one
 * number a step runs one graph a step.
 */
import { engine, util } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { BufferPool } from './buffer-pool.js';
import { compile, type Compiled, feedsOf } from './compile.js';
import { explainRun, explainSession } from './explain.js';
import { type FreezableProgram, Freezer } from './freeze.js';
import { gather, type Gathered } from './graph/gather.js';
import { filledData } from './host-data.js';
import { type ResolvedOptions } from './options.js';
import { ProgramCache } from './program-cache.js';
import { type Recorder } from './recorder.js';
import { writeFileInNode } from './runtime/node-binding.js';
import { type Results, type Runtime, type Session } from './runtime/runtime.js';
import { type HostData, type Value } from './values.js';

/** From this many recorded nodes on, the graph is cut between steps. */
const LONG = 512;
/** With this many it is cut wherever the program is. */
const TOO_LONG = 20_000;

interface ExecutableProgram extends FreezableProgram {
  readonly compiled: Compiled;
  readonly session: Session<Results> | Promise<Session<Promise<Results>>>;
}

export class Executor {
  readonly stats = {
    graphsCompiled: 0,
    graphsFrozen: 0,
    cacheHits: 0,
    runs: 0,
    compileMs: 0,
    runMs: 0,
    bytesFed: 0,
    bytesFetched: 0,
  };
  private readonly programs: ProgramCache<ExecutableProgram>;
  private readonly freezer: Freezer<ExecutableProgram>;
  private readonly buffers = new BufferPool();
  /** How many of tfjs' scopes the program was in at the last run, or fewer since. */
  private outermost = 0;
  /** The scope that it has entered on top of those. */
  private scope: number | undefined;
  /** The fewest scopes that kernels were recorded in since the last run. */
  private lowest = Infinity;
  /** Runs of an asynchronous runtime, one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly runtime: Runtime,
    private readonly options: ResolvedOptions,
    private readonly recorder: Recorder,
  ) {
    this.programs = new ProgramCache({ count: options.maxSessions, bytes: options.maxSessionBytes });
    this.freezer = new Freezer(this.programs, (gathered, constants, bytes) => {
      const signature = Int32Array.of(-++this.stats.graphsFrozen); // kinds of nodes, with which others begin, are not below 0
      return this.newProgram(gathered, signature, constants, bytes);
    });
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
    if (value.node !== undefined || value.running !== undefined) {
      if (!this.runtime.sync) throw this.onlyAsync(kernel);
      this.computeSync(value);
    }
    return this.dataOf(value);
  }

  /** The numbers of a value, computed with all that is asked for before the program next waits. */
  async read(value: Value): Promise<HostData> {
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
    if (this.runtime.sync) this.computeSync();
    else {
      this.start();
      return this.queue;
    }
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
        this.runSync(gather(this.recorder.nodes, value), false);
      } catch (error) {
        value.error = error as CycleGANError;
        value.node = undefined;
      }
      this.recorder.nodes = this.recorder.nodes.filter((node) => node.outputs.some((output) => output.node));
    }
  }

  /** @param whole whether all recorded nodes have run then, so that nothing refers to what went in */
  private runSync(gathered: Gathered, whole: boolean): void {
    this.startsAnew();
    if (gathered.wanted.length === 0) return;
    const { compiled, session } = this.programFor(gathered);
    const feeds = feedsOf(compiled, gathered.leaves);
    const start = util.now();
    let results: Results;
    try {
      const names = [...compiled.results.keys()];
      results = (session as Session<Results>).run(feeds, names, this.buffers.take(compiled.results));
    } catch (error) {
      throw explainRun(error, compiled.graph);
    }
    this.count(compiled, util.now() - start);
    hand(results, compiled, gathered.wanted);
    if (whole) for (const leaf of gathered.leaves) this.buffers.give(leaf);
  }

  // --- later ------------------------------------------------------------------------------------------------

  /** Sends all that is pending on its way; each of the wanted values gets a promise. */
  private start(): void {
    const gathered = gather(this.recorder.nodes);
    const { nodes, leaves, wanted } = gathered;
    this.startsAnew();
    if (wanted.length === 0) return;
    const program = this.programFor(gathered);
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

  // --- programs ---------------------------------------------------------------------------------------------

  private programFor(gathered: Gathered): ExecutableProgram {
    this.freezer.tidy();
    const known = this.programs.get(gathered.signature);
    if (known !== undefined) {
      this.stats.cacheHits++;
      return this.options.freeze === 'never' ? known : this.freezer.choose(known, gathered);
    }
    const program = this.newProgram(gathered, gathered.signature);
    this.programs.add(program);
    return program;
  }

  /** @param constants indices of leaves that become part of the program, `bytes` of them */
  private newProgram(
    gathered: Gathered,
    signature: Int32Array,
    constants: readonly number[] = [],
    bytes = 0,
  ): ExecutableProgram {
    const start = util.now();
    const { model, ...compiled } = compile(gathered, this.options, constants);
    const { saveGraphs } = this.options;
    if (saveGraphs !== undefined) {
      writeFileInNode(saveGraphs, `graph-${this.stats.graphsCompiled + 1}.onnx`, model);
    }
    let session: ExecutableProgram['session'];
    try {
      session = this.runtime.createSession(model);
    } catch (error) {
      throw explainSession(error, compiled.graph);
    }
    if (session instanceof Promise) {
      session = session.catch((error: unknown) => {
        throw explainSession(error, compiled.graph);
      });
      session.then(
        () => (program.isReady = true),
        () => undefined,
      ); // whoever runs it hears of it
    }
    const program = {
      signature,
      compiled,
      session,
      bytes: constants.length === 0 ? model.byteLength : bytes,
      isReady: !(session instanceof Promise),
      dispose: () => {
        if (!(session instanceof Promise)) session.dispose();
        else
          this.queue = this.queue.then(() =>
            session.then(
              (made) => made.dispose(),
              () => undefined,
            ),
          );
      },
    };
    this.stats.graphsCompiled++;
    this.stats.compileMs += util.now() - start;
    return program;
  }

  private count({ bytesFed, bytesFetched }: Compiled, ms: number): void {
    this.stats.runs++;
    this.stats.runMs += ms;
    this.stats.bytesFed += bytesFed;
    this.stats.bytesFetched += bytesFetched;
  }

  dispose(): void {
    this.recorder.nodes = [];
    this.buffers.clear();
    this.programs.dispose();
  }
}

/** Gives each wanted value its numbers. */
function hand(results: Results, { fetches }: Compiled, wanted: readonly Value[]): void {
  const unique = new Set(fetches).size === fetches.length;
  wanted.forEach((value, i) => {
    value.data = results[fetches[i]!]!;
    value.owned = unique;
    value.node = undefined;
  });
}
