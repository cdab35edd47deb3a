/**
 * Traces computations: records what they do with their inputs, runs it, and replays it with other inputs. Several graphs run at the
 * same time in threads. If there are no threads, they run one after the other as what is recorded does.
 */
import { util } from '@tensorflow/tfjs-core';
import { type ExecutableProgram, signatureAt } from '../compiler/programs.js';
import { gather } from '../recording/gather.js';
import { empty, type ResidentBuffer, Value } from '../recording/value.js';
import { type Place } from '../runtime/runtime.js';
import { type CapturedGraph, capturedGraph, valueOf } from './captured-graph.js';
import { hide, loadHostValues } from './host-values.js';
import { type ExecutionContext, type GraphRunner, type SetResult } from './pending.js';

/** What is traced. */
export interface Computation {
  /** Grows by {@link Tracer.input}. */
  readonly inputs: Value[];
  readonly compute: () => readonly Value[];
}

export class Tracer {
  /** Shows the inputs of what is being traced again. */
  private showInputs: (() => void) | undefined;
  /** Makes a value an input of the computation that is being traced. */
  private addInput: ((value: Value) => void) | undefined;

  constructor(
    private readonly context: ExecutionContext,
    private readonly runner: GraphRunner,
  ) {}

  get isTracing(): boolean {
    return this.showInputs !== undefined;
  }

  canTrace(computations: readonly Computation[]): boolean {
    const fits = ({ inputs }: Computation) =>
      new Set(inputs).size === inputs.length && !inputs.some(isPacked);
    const { length } = computations;
    return (
      !this.isTracing &&
      (length === 1 || length <= this.context.threads.concurrency) &&
      computations.every(fits)
    );
  }

  /**
   * @returns undefined if outputs do not follow from a graph, because values were read meanwhile
   * @throws what `compute` throws, and CycleGANError if a graph fails
   */
  trace(computations: readonly Computation[]): CapturedGraph[] | undefined {
    const { recorder, residents, threads } = this.context;
    this.runner.flush();
    const taken = computations.map(({ inputs }) => inputs.map((value) => value.take()));
    const shows = [hide(new Set(computations.flatMap(({ inputs }) => inputs)), residents)];
    this.showInputs = () => {
      for (const show of shows) show();
    };
    let outputs: (readonly Value[])[];
    let undisturbed: boolean;
    try {
      outputs = computations.map(({ inputs, compute }, i) => {
        this.addInput = (value) => {
          inputs.push(value);
          taken[i]!.push(value.take());
          shows.push(hide(new Set([value]), residents));
        };
        return compute();
      });
    } finally {
      this.addInput = undefined;
      undisturbed = this.end();
    }
    if (!undisturbed) {
      this.runner.flush();
      return undefined;
    }
    const graphs = outputs.map((values) => {
      const wanted = new Set(values);
      return gather(recorder.nodes, (value) => wanted.has(value));
    });
    const places = placesOf(graphs.length);
    const captured = graphs.map((graph, i) => {
      const signature =
        threads.all === undefined ? graph.signature : signatureAt(places[i]!, graph.signature);
      return capturedGraph(graph, signature, computations[i]!.inputs, taken[i]!, outputs[i]!);
    });
    if (threads.all === undefined) this.runner.runTraced(graphs);
    else {
      const all = threads.all;
      const programs = graphs.map((graph, i) => this.context.programs.at(places[i]!, graph, all));
      this.context.policy.restart();
      const buffers = this.runInThreads(
        programs,
        graphs.map(({ leaves }) => leaves),
      );
      graphs.forEach(({ wanted }, i) => {
        wanted.forEach((value, k) => residents.attach(value, buffers[i]![k]!));
      });
    }
    recorder.nodes = recorder.nodes.filter(({ outputs }) =>
      outputs.some(({ state }) => state.type === 'pending'),
    );
    return captured;
  }

  /** Makes a value that was created during a trace an input of the computation, after those that it has. */
  input(value: Value): void {
    if (this.isTracing) this.addInput?.(value);
  }

  /** Ends the trace that is under way, so that the inputs can be read. @returns whether one was under way */
  end(): boolean {
    if (this.showInputs === undefined) return false;
    this.showInputs();
    this.showInputs = undefined;
    return true;
  }

  /** Runs captured graphs with other inputs. @returns undefined if the inputs have other shapes, or a program is gone */
  replay(graphs: readonly CapturedGraph[], inputs: readonly (readonly Value[])[]): Value[][] | undefined {
    const { recorder, programs: all, threads } = this.context;
    const programs = graphs.map(({ signature }) => all.get(signature));
    const fits = graphs.every((graph, i) => inputs[i]!.every(({ spec }, k) => spec === graph.inputs[k]));
    if (!isComplete(programs) || !fits) return undefined;
    if (recorder.nodes.length > 0) this.runner.flush();
    const leaves = graphs.map((graph, i) => graph.leaves.map((source) => valueOf(source, inputs[i]!).take()));
    const setResult =
      threads.all === undefined ? this.runner.runAgain(programs, leaves) : this.replayThere(programs, leaves);
    return graphs.map((graph, i) =>
      graph.outputs.map((output) => {
        if (output.from === 'outside') {
          const value = valueOf(output.source, inputs[i]!);
          value.refs++;
          return value;
        }
        const value = new Value(graph.specs[output.at]!, recorder, empty);
        setResult(value, i, output.at, graph);
        return value;
      }),
    );
  }

  /** Runs programs at the same time in threads. */
  private replayThere(
    programs: readonly ExecutableProgram[],
    leaves: readonly (readonly Value[])[],
  ): SetResult {
    const { recorder, residents } = this.context;
    if (recorder.nodes.length === 0) residents.collect();
    const buffers = this.runInThreads(programs, leaves);
    return (value, i, at) => residents.attach(value, buffers[i]![at]!);
  }

  private runInThreads(
    programs: readonly ExecutableProgram[],
    leaves: readonly (readonly Value[])[],
  ): ResidentBuffer[][] {
    const { residents, threads, counts } = this.context;
    loadHostValues(
      leaves.flat().filter(({ state }) => state.type !== 'resident'),
      residents,
    );
    const start = util.now();
    try {
      return threads.run(programs, leaves);
    } finally {
      for (const [i, { compiled }] of programs.entries())
        counts.add(compiled, i === 0 ? util.now() - start : 0);
    }
  }
}

/** The places of programs that run at the same time. */
const placesOf = (count: number): Place[] => Array.from({ length: count }, (_, index) => ({ index, count }));

const isComplete = <T>(list: readonly (T | undefined)[]): list is readonly T[] => !list.includes(undefined);

/** Complex values and strings cannot be part of a graph. */
const isPacked = ({ spec: { dtype } }: Value): boolean => dtype === 'complex64' || dtype === 'string';
