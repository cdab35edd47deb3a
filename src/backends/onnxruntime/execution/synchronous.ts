/** Computes pending values while the program waits. */
import { util } from '@tensorflow/tfjs-core';
import { feedsOf, setResults } from '../compiler/compile.js';
import { explainRun } from '../compiler/explain.js';
import { type ExecutableProgram } from '../compiler/programs.js';
import { gather, type Gathered, isWanted } from '../recording/gather.js';
import { type Value } from '../recording/value.js';
import { type Results, type Session, type SyncRuntime } from '../runtime/runtime.js';
import { attempts } from './attempts.js';
import { BufferPool } from './buffer-pool.js';
import { loadHostValues } from './host-values.js';
import { type ExecutionContext, type PendingExecutor } from './pending.js';

export class SynchronousExecutor implements PendingExecutor {
  readonly buffers = new BufferPool();

  constructor(
    private readonly runtime: SyncRuntime,
    private readonly context: ExecutionContext,
  ) {}

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
    const { recorder, memory } = this.context;
    const graph = gather(recorder.nodes);
    const failure = this.tryGraph(graph);
    if (failure !== undefined) {
      // The fault may lie in what other tensors need: the value alone shows whether it can be computed.
      if (value !== undefined) this.tryAll(attempts(recorder.nodes, (other) => other === value));
      this.tryAll(attempts(recorder.nodes, isWanted, failure));
    }
    recorder.nodes = [];
    if (failure === undefined) for (const leaf of graph.leaves) this.buffers.give(leaf);
    memory.collect();
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
  runGraph(gathered: Gathered): void {
    const { programs, memory, policy } = this.context;
    policy.restart();
    if (gathered.wanted.length === 0) return;
    const program = programs.for(gathered);
    loadHostValues(gathered.leaves, memory);
    setResults(this.run(program, gathered.leaves), program.compiled, gathered.wanted);
  }

  /** @param leaves those that are fed have host data */
  run({ compiled, session }: ExecutableProgram, leaves: readonly Value[]): Results {
    const feeds = feedsOf(compiled, leaves);
    const start = util.now();
    try {
      const names = [...compiled.results.keys()];
      return (session.get() as Session<Results>).run(feeds, names, this.buffers.take(compiled.results));
    } catch (error) {
      throw explainRun(error, compiled.graph);
    } finally {
      this.context.counts.add(compiled, util.now() - start);
    }
  }

  dispose(): void {
    this.buffers.clear();
  }
}
