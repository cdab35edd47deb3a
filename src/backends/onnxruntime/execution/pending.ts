/** What both ways of computing pending values need, and what they offer. */
import { type Programs } from '../compiler/programs.js';
import { type FlushPolicy } from '../recording/flush-policy.js';
import { type Recorder } from '../recording/recorder.js';
import { type Value } from '../recording/value.js';
import { type RunCounts } from './run-counts.js';
import { type ThreadMemory } from './thread-memory.js';

export interface ExecutionContext {
  readonly recorder: Recorder;
  readonly programs: Programs;
  readonly memory: ThreadMemory;
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
  dispose(): void;
}
