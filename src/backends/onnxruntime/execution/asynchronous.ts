/** Computes pending values with a runtime that answers with promises, one graph after the other. */
import { util } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../../core/errors.js';
import { feedsOf, setResults } from '../compiler/compile.js';
import { explainRun, onlyAsync } from '../compiler/explain.js';
import { type ExecutableProgram } from '../compiler/programs.js';
import { type Gathered, isWanted } from '../recording/gather.js';
import { type Value } from '../recording/value.js';
import { type AsyncRuntime, type Results, type Session } from '../runtime/runtime.js';
import { attempts } from './attempts.js';
import { loadHostValues } from './host-values.js';
import { type ExecutionContext, type PendingExecutor } from './pending.js';

/** Jobs that are done one after the other; none of them throws. */
export class JobQueue {
  /** Resolves when all jobs are done. */
  done: Promise<void> = Promise.resolve();

  add(job: () => Promise<void>): Promise<void> {
    return (this.done = this.done.then(job));
  }
}

export class AsynchronousExecutor implements PendingExecutor {
  constructor(
    private readonly runtime: AsyncRuntime,
    private readonly context: ExecutionContext,
    private readonly queue: JobQueue,
  ) {}

  finish({ state }: Value, kernel?: string): void {
    if (state.type === 'pending' || state.type === 'running') throw onlyAsync(this.runtime.reason, kernel);
  }

  async finishLater(value: Value): Promise<void> {
    await Promise.resolve();
    if (value.state.type === 'pending') this.start();
    if (value.state.type === 'running') await value.state.done;
  }

  flush(): Promise<void> {
    this.start();
    return this.queue.done;
  }

  /** Starts to compute all that is pending: the wanted values are `running`. */
  private start(): void {
    const { recorder, policy } = this.context;
    policy.restart();
    const { nodes } = recorder;
    const wanted = new Set(nodes.flatMap(({ outputs }) => outputs.filter(isWanted)));
    recorder.nodes = [];
    if (wanted.size === 0) return;
    const graphs = attempts(nodes, (value) => wanted.has(value));
    let next = graphs.next();
    let run = this.prepare(next.value!);
    const done = this.queue.add(async () => {
      while (next.done !== true) {
        next = graphs.next(await run());
        if (next.done !== true) run = this.prepare(next.value);
      }
    });
    for (const value of wanted) value.state = { type: 'running', done };
  }

  /** Compiles what was gathered. @returns runs it, and returns why that fails */
  private prepare(gathered: Gathered): () => Promise<Error | undefined> {
    const { programs, memory, counts } = this.context;
    const { leaves, wanted } = gathered;
    let program: ExecutableProgram;
    try {
      program = programs.for(gathered);
    } catch (error) {
      return () => Promise.resolve(error as Error);
    }
    const { compiled } = program;
    return async () => {
      try {
        loadHostValues(leaves, memory);
        const session = await (program.session.get() as Promise<Session<Promise<Results>>>);
        const start = util.now();
        const results = await session.run(feedsOf(compiled, leaves), [...compiled.results.keys()]);
        counts.add(compiled, util.now() - start);
        setResults(results, compiled, wanted);
      } catch (error) {
        return error instanceof CycleGANError ? error : explainRun(error, compiled.graph);
      }
      return undefined;
    };
  }

  dispose(): void {
    // runs under way end by themselves
  }
}
