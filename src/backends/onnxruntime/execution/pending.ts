/** What all ways of computing values need, and what they offer. */
import { type ExecutableProgram, type Programs } from '../compiler/programs.js';
import { type FlushPolicy } from '../recording/flush-policy.js';
import { type Gathered } from '../recording/gather.js';
import { type Recorder } from '../recording/recorder.js';
import { type Value } from '../recording/value.js';
import { type CapturedGraph } from './captured-graph.js';
import { type DeviceMemory } from './device-memory.js';
import { type ResidentValues } from './resident-values.js';
import { type RunCounts } from './run-counts.js';
import { type ThreadMemory } from './thread-memory.js';

export interface ExecutionContext {
  readonly recorder: Recorder;
  readonly programs: Programs;
  readonly residents: ResidentValues;
  readonly threads: ThreadMemory;
  readonly device: DeviceMemory;
  readonly counts: RunCounts;
  readonly policy: FlushPolicy;
}

export interface PendingExecutor {
  /** Computes a value now, if it is not computed yet. @param kernel that asks for it, if one does @throws if only promises can */
  finish(value: Value, kernel?: string): void;
  /** Resolves when a value is computed, together with all that is asked for before the program next waits. */
  finishLater(value: Value): Promise<void>;
  /** Computes all pending values that tensors hold. Errors are thrown where the values are read. */
  flush(): Promise<void> | void;
  /** Whether buffers that no value uses can be freed: nothing is recorded, and nothing runs. */
  readonly isIdle: boolean;
  dispose(): void;
}

/** Sets the state of `value`, wanted value `at` of program `i`. */
export type SetResult = (value: Value, i: number, at: number, graph: CapturedGraph) => void;

/** Runs the graphs of computations that are traced and replayed. With promises it starts to: values are then `running`. */
export interface GraphRunner {
  flush(): unknown;
  /** Computes the wanted values of graphs that were just recorded. @throws CycleGANError if one fails at once */
  runTraced(graphs: readonly Gathered[]): void;
  /** Runs captured programs with other leaves. @throws CycleGANError if one fails at once */
  runAgain(programs: readonly ExecutableProgram[], leaves: readonly (readonly Value[])[]): SetResult;
}
