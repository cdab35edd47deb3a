/** Computes pending values while the program waits. */
import { util } from '@tensorflow/tfjs-core';
import { feedsOf, isUnique } from '../compiler/compile.js';
import { explainRun } from '../compiler/explain.js';
import { type ExecutableProgram } from '../compiler/programs.js';
import { gather, type Gathered, isWanted } from '../recording/gather.js';
import { type Value } from '../recording/value.js';
import { type DeviceTensor, type Results, type Session, type SyncRuntime } from '../runtime/runtime.js';
import { attempts } from './attempts.js';
import { BufferPool } from './buffer-pool.js';
import { type Outcome, setResult } from './device-memory.js';
import { loadHostValues } from './host-values.js';
import { type ExecutionContext, type GraphRunner, type PendingExecutor, type SetResult } from './pending.js';

export class SynchronousExecutor implements PendingExecutor, GraphRunner {
  private readonly buffers = new BufferPool();
  /** The leaves of the last captured programs: weights that are being replaced. */
  private replaced: readonly Value[] = [];

  constructor(
    private readonly runtime: SyncRuntime,
    private readonly context: ExecutionContext,
  ) {}

  get isIdle(): boolean {
    return this.context.recorder.nodes.length === 0;
  }

  finish(value: Value): void {
    if (value.state.type === 'pending') this.compute(value);
  }

  async finishLater(value: Value): Promise<void> {
    await this.runtime.nextTurn();
    this.finish(value);
  }

  flush(): void {
    this.compute();
  }

  /** Computes all that is wanted. @param value the one that is read, if one is */
  private compute(value?: Value): void {
    const { recorder, residents } = this.context;
    const graph = gather(recorder.nodes);
    const failure = this.tryGraph(graph);
    if (failure !== undefined) {
      // The fault may lie in what other tensors need: the value alone shows whether it can be computed.
      if (value !== undefined) this.tryAll(attempts(recorder.nodes, (other) => other === value));
      this.tryAll(attempts(recorder.nodes, isWanted, failure));
    }
    recorder.nodes = [];
    if (failure === undefined) for (const leaf of graph.leaves) this.buffers.give(leaf);
    residents.collect();
  }

  private tryAll(graphs: ReturnType<typeof attempts>): void {
    let next = graphs.next();
    while (next.done !== true) next = graphs.next(this.tryGraph(next.value));
  }

  /** @returns why it fails */
  private tryGraph(gathered: Gathered): Error | undefined {
    try {
      this.runGraph(gathered);
    } catch (error) {
      return error as Error;
    }
    return undefined;
  }

  /** Computes the wanted values of a graph. */
  private runGraph(gathered: Gathered): void {
    const { programs, residents, policy } = this.context;
    policy.restart();
    if (gathered.wanted.length === 0) return;
    const program = programs.for(gathered);
    const outcome = this.run(program, gathered.leaves);
    const { compiled } = program;
    gathered.wanted.forEach((value, i) => {
      setResult(value, outcome[compiled.fetches[i]!]!, isUnique(compiled), residents);
    });
  }

  private run({ compiled, session }: ExecutableProgram, leaves: readonly Value[]): Outcome {
    const { device, residents, counts } = this.context;
    if (!device.isThere) loadHostValues(leaves, residents);
    const missing = device.isThere ? device.missing(compiled, leaves) : [];
    const start = util.now();
    try {
      for (const { value, feed } of missing) device.attach(value, device.upload(feed) as DeviceTensor);
      const feeds = feedsOf(compiled, leaves);
      device.countFeeds(feeds);
      const names = [...compiled.results.keys()];
      const into = device.isThere ? {} : this.buffers.take(compiled.results);
      return device.outcomeOf((session.get() as Session<Results>).run(feeds, names, into));
    } catch (error) {
      throw explainRun(error, compiled.graph);
    } finally {
      counts.add(compiled, util.now() - start);
    }
  }

  runTraced(graphs: readonly Gathered[]): void {
    for (const graph of graphs) this.runGraph(graph);
  }

  runAgain(programs: readonly ExecutableProgram[], leaves: readonly (readonly Value[])[]): SetResult {
    const { residents } = this.context;
    for (const value of this.replaced) this.buffers.give(value);
    if (this.isIdle) residents.collect();
    const outcomes = programs.map((program, i) => this.run(program, leaves[i]!));
    this.replaced = leaves.flat();
    return (value, i, at, { made, specs }) => {
      const { compiled } = programs[i]!;
      const owned = isUnique(compiled) && made === specs.length;
      setResult(value, outcomes[i]![compiled.fetches[at]!]!, owned, residents);
    };
  }

  dispose(): void {
    this.buffers.clear();
    this.replaced = [];
  }
}
