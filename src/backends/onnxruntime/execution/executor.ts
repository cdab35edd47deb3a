/**
 * Computes values for the backend: while the program waits or later, as the runtime allows, and by replaying captured graphs.
 * Everything that live tensors need runs at once, so a training loop that reads one value a step runs one graph a step.
 */
import { Programs } from '../compiler/programs.js';
import { FlushPolicy } from '../recording/flush-policy.js';
import { type Recorder } from '../recording/recorder.js';
import { type Value } from '../recording/value.js';
import { type HostData } from '../runtime/host-data.js';
import { type ResolvedOptions } from '../runtime/options.js';
import { type Runtime } from '../runtime/runtime.js';
import { AsynchronousExecutor, JobQueue } from './asynchronous.js';
import { type CapturedGraph } from './captured-graph.js';
import { copiedValuesOf } from './host-values.js';
import { type ExecutionContext, type PendingExecutor } from './pending.js';
import { RunCounts } from './run-counts.js';
import { SynchronousExecutor } from './synchronous.js';
import { DeviceMemory } from './device-memory.js';
import { ResidentValues } from './resident-values.js';
import { ThreadMemory } from './thread-memory.js';
import { type Computation, Tracer } from './tracer.js';

export class Executor {
  private readonly context: ExecutionContext;
  private readonly pending: PendingExecutor;
  private readonly tracer: Tracer;

  constructor(
    private readonly runtime: Runtime,
    options: ResolvedOptions,
    recorder: Recorder,
  ) {
    const queue = new JobQueue();
    const residents = new ResidentValues();
    this.context = {
      recorder,
      programs: new Programs(runtime, options, (job) => void queue.add(job)),
      residents,
      threads: new ThreadMemory(runtime, residents),
      device: new DeviceMemory(runtime, residents),
      counts: new RunCounts(),
      policy: new FlushPolicy(),
    };
    const executor = runtime.sync
      ? new SynchronousExecutor(runtime, this.context)
      : new AsynchronousExecutor(runtime, this.context, queue);
    this.pending = executor;
    this.tracer = new Tracer(this.context, executor);
  }

  get stats() {
    const { programs, counts, threads, device } = this.context;
    return {
      ...programs.stats,
      ...counts.totals,
      ...device.totals,
      arraysInThreads: threads.arrays,
      arraysOnDevice: device.arrays,
      bytesKept: programs.bytesKept,
    };
  }

  /** Whether values can be computed while the program waits. */
  get isSync(): boolean {
    return this.runtime.sync;
  }

  get sessions(): { count: number; bytes: number } {
    return this.context.programs.size;
  }

  /** How many graphs can run at the same time. */
  get concurrency(): number {
    return this.context.threads.concurrency;
  }

  /** A copy of the elements of a value, computed now if need be. `kernel` names the one that asks for them, if one does. */
  readSync(value: Value, kernel?: string): HostData {
    this.tracer.end();
    this.pending.finish(value, kernel);
    return copiedValuesOf(value, this.context.residents) as HostData;
  }

  /** A copy of the elements of a value, computed with all that is asked for before the program next waits. */
  async read(value: Value): Promise<HostData> {
    this.tracer.end();
    value.readers++;
    try {
      await this.pending.finishLater(value);
      return await copiedValuesOf(value, this.context.residents);
    } finally {
      value.readers--;
    }
  }

  /** Computes all that is pending and held by tensors. Errors are thrown where the values are read. */
  flush(): Promise<void> | void {
    this.tracer.end();
    return this.pending.flush();
  }

  /** Runs what is recorded if it has become long, and if this is a place for that. */
  flushIfLong(): void {
    const { recorder, policy } = this.context;
    if (!this.tracer.isTracing) policy.flushIfLong(recorder.nodes.length, () => void this.flush());
  }

  /**
   * Records what computations do with their inputs, and runs them at the same time.
   *
   * @param computations up to `concurrency`. The inputs of each are different values, whose elements may change from run to run
   * @returns the graphs, to be replayed; undefined if outputs do not follow from a graph: values were read meanwhile
   * @throws what `compute` throws, and CycleGANError if a graph fails
   */
  trace(computations: readonly Computation[]): CapturedGraph[] | undefined {
    if (this.tracer.canTrace(computations)) return this.tracer.trace(computations);
    for (const { compute } of computations) compute();
    void this.flush();
    return undefined;
  }

  /** Makes a value that was created during a trace an input of the computation, after those that it has. */
  input(value: Value): void {
    this.tracer.input(value);
  }

  /** Runs captured graphs with other inputs. @returns undefined if the inputs have other shapes, or a program is gone */
  replay(graphs: readonly CapturedGraph[], inputs: readonly (readonly Value[])[]): Value[][] | undefined {
    return this.tracer.replay(graphs, inputs);
  }

  /** No tensor holds `value` any more. */
  release(value: Value): void {
    const { residents, device } = this.context;
    residents.release(value);
    // the memory of a device is scarce, and no run may come that would free it
    if (device.isThere && this.pending.isIdle) residents.collect();
  }

  dispose(): void {
    const { recorder, programs, residents, threads, device } = this.context;
    recorder.nodes = [];
    this.pending.dispose();
    programs.dispose();
    residents.dispose();
    threads.dispose();
    device.dispose();
  }
}
