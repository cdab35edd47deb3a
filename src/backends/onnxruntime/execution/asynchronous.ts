/** Computes pending values with a runtime that answers with promises, one graph after the other. */
import { util } from '@tensorflow/tfjs-core';
import { feedsOf } from '../compiler/compile.js';
import { explainRun, onlyAsync } from '../compiler/explain.js';
import { type ExecutableProgram } from '../compiler/programs.js';
import { type Gathered, isWanted, type Wants } from '../recording/gather.js';
import { type Node, type Value } from '../recording/value.js';
import { type AsyncRuntime, type Results, type Session } from '../runtime/runtime.js';
import { attempts } from './attempts.js';
import { type Outcome, setResult } from './device-memory.js';
import { loadHostValues } from './host-values.js';
import { type ExecutionContext, type GraphRunner, type PendingExecutor, type SetResult } from './pending.js';

/** Jobs that are done one after the other; none of them throws. */
export class JobQueue {
  /** Resolves when all jobs are done. */
  done: Promise<void> = Promise.resolve();
  private count = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  add(job: () => Promise<void>): Promise<void> {
    this.count++;
    return (this.done = this.done.then(job).finally(() => this.count--));
  }
}

export class AsynchronousExecutor implements PendingExecutor, GraphRunner {
  constructor(
    private readonly runtime: AsyncRuntime,
    private readonly context: ExecutionContext,
    private readonly queue: JobQueue,
  ) {}

  get isIdle(): boolean {
    return this.queue.isEmpty && this.context.recorder.nodes.length === 0;
  }

  finish({ state, known }: Value, kernel?: string): void {
    const isElsewhere = state.type === 'resident' && known === undefined;
    if (state.type === 'pending' || state.type === 'running' || isElsewhere)
      throw onlyAsync(this.runtime.reason, kernel);
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

  /** Starts to compute all that is pending. */
  private start(): void {
    const { recorder } = this.context;
    const { nodes } = recorder;
    recorder.nodes = [];
    this.startGraph(nodes, isWanted);
  }

  /** Starts to compute the wanted values of nodes: they are `running`. */
  private startGraph(nodes: readonly Node[], wants: Wants): void {
    this.context.policy.restart();
    const wanted = new Set(nodes.flatMap(({ outputs }) => outputs.filter(wants)));
    if (wanted.size === 0) return;
    const graphs = attempts(nodes, (value) => wanted.has(value));
    let next = graphs.next();
    const { leaves } = next.value!;
    let run = this.prepare(next.value!);
    const done = this.add(leaves, async () => {
      while (next.done !== true) {
        next = graphs.next(await run());
        if (next.done !== true) run = this.prepare(next.value);
      }
    });
    for (const value of wanted) value.state = { type: 'running', done };
  }

  /** Adds a job that needs the elements of `leaves`, which it holds until it is done. */
  private add(leaves: readonly Value[], job: () => Promise<void>): Promise<void> {
    const { recorder, residents } = this.context;
    for (const leaf of leaves) leaf.readers++;
    return this.queue.add(async () => {
      await job();
      for (const leaf of leaves) leaf.readers--;
      if (recorder.nodes.length === 0) residents.collect();
    });
  }

  /** Compiles what was gathered. @returns runs it, and returns why that fails */
  private prepare(gathered: Gathered): () => Promise<Error | undefined> {
    const { programs, residents } = this.context;
    const { leaves, wanted } = gathered;
    let program: ExecutableProgram;
    try {
      program = programs.for(gathered);
    } catch (error) {
      return () => Promise.resolve(error as Error);
    }
    const { fetches } = program.compiled;
    return async () => {
      const outcome = await this.run(program, leaves);
      if (outcome instanceof Error) return outcome;
      wanted.forEach((value, i) => {
        setResult(value, outcome[fetches[i]!]!, false, residents);
      });
      return undefined;
    };
  }

  /** @returns the results, or why they cannot be computed */
  private async run(
    { compiled, session }: ExecutableProgram,
    leaves: readonly Value[],
  ): Promise<Outcome | Error> {
    const { device, residents, counts } = this.context;
    try {
      // the first session tells whether there is a device
      const opened = await (session.get() as Promise<Session<Promise<Results>>>);
      if (!device.isThere) loadHostValues(leaves, residents);
      const missing = device.isThere ? device.missing(compiled, leaves) : [];
      const start = util.now();
      for (const { value, feed } of missing) device.attach(value, await device.upload(feed));
      const feeds = feedsOf(compiled, leaves);
      device.countFeeds(feeds);
      const results = await opened.run(feeds, [...compiled.results.keys()]);
      counts.add(compiled, util.now() - start);
      return device.outcomeOf(results);
    } catch (error) {
      return explainRun(error, compiled.graph);
    }
  }

  runTraced(graphs: readonly Gathered[]): void {
    for (const { nodes, wanted } of graphs) {
      const outputs = new Set(wanted);
      this.startGraph(nodes, (value) => outputs.has(value));
    }
  }

  runAgain(programs: readonly ExecutableProgram[], leaves: readonly (readonly Value[])[]): SetResult {
    const { residents } = this.context;
    const outputs = programs.map((): [Value, number][] => []);
    const jobs = programs.map((program, i) =>
      this.add(leaves[i]!, async () => {
        const outcome = await this.run(program, leaves[i]!);
        for (const [value, at] of outputs[i]!) {
          if (outcome instanceof Error) value.state = { type: 'failed', error: outcome };
          else setResult(value, outcome[program.compiled.fetches[at]!]!, false, residents);
        }
      }),
    );
    return (value, i, at) => {
      value.state = { type: 'running', done: jobs[i]! };
      outputs[i]!.push([value, at]);
    };
  }

  dispose(): void {
    // runs under way end by themselves
  }
}
