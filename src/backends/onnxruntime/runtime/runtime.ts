/**
 * ONNX Runtime as the backend uses it: a model becomes a session. There are two implementations: the native binding of
 * onnxruntime-node computes synchronously, and the public API of all onnxruntime packages answers with promises.
 */
import { type HostData } from './host-data.js';
import { type ElementType } from '../../../onnx/index.js';
import { type OrtThread, type ThreadSession } from './ort-thread.js';
import { type SessionMemory } from './session-options.js';
import { type ArraySpec, type InputSpec } from './thread-messages.js';

/** A tensor that is fed, in the form of ONNX Runtime's own tensors. */
export interface Feed {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: HostData;
  readonly location: 'cpu';
}

export interface Session<Answer> {
  /** `into` has arrays for some of the results; a runtime may ignore it. */
  run(
    feeds: Readonly<Record<string, Feed>>,
    fetches: readonly string[],
    into?: Readonly<Record<string, Feed>>,
  ): Answer;
  dispose(): void;
}

/** The results of a run, by name. */
export type Results = Readonly<Record<string, HostData>>;

/** Computes synchronously, as `dataSync()` needs. */
export interface SyncRuntime {
  readonly sync: true;
  createSession(model: Uint8Array, memory: SessionMemory): Session<Results>;
  /**
   * Resolves after the event loop has had its turn. Without it, a loop of steps would stay in one run of microtasks: timers and
   * signals would wait for ever, and V8 would promote most garbage to the old generation, hundreds of megabytes of it.
   */
  nextTurn(): Promise<void>;
  /** Worker threads; undefined if there can be none. */
  threads?(): RuntimeThreads | undefined;
}

/** Where a program runs: in thread `index`, as one of `count` programs that run at the same time and share the cores. */
export interface Place {
  readonly index: number;
  readonly count: number;
}

/** Threads with sessions of the runtime's options. */
export interface RuntimeThreads {
  /** How many programs can run at the same time. All threads begin when this is first asked for. */
  readonly concurrency: number;
  at(index: number): OrtThread;
  /** How many arrays are in them. */
  readonly arrays: number;
  createSession(
    model: Uint8Array,
    memory: SessionMemory,
    place: Place,
    inputs: readonly InputSpec[],
    outputs: readonly ArraySpec[],
  ): ThreadSession;
  dispose(): void;
}

export interface AsyncRuntime {
  readonly sync: false;
  /** Why it cannot compute synchronously. */
  readonly reason: string;
  createSession(model: Uint8Array, memory: SessionMemory): Promise<Session<Promise<Results>>>;
}

export type Runtime = SyncRuntime | AsyncRuntime;
