/**
 * ONNX Runtime as the backend uses it: a model becomes a session. There are two implementations: the native binding of
 * onnxruntime-node computes synchronously, and the public API of all onnxruntime packages answers with promises.
 */
import { type HostData } from './host-data.js';
import { type ElementType } from '../../../onnx/index.js';
import { type HostArray } from './array-types.js';
import { type OrtThread, type ThreadSession } from './ort-thread.js';
import { type SessionMemory } from './session-options.js';
import { type ArraySpec, type InputSpec } from './thread-messages.js';

/** A tensor in main memory, in the form of ONNX Runtime's own tensors. */
export interface HostFeed {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: HostData;
  readonly location: 'cpu';
}

/** A tensor in the memory of a device, in the same form. */
export interface DeviceFeed {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly gpuBuffer: unknown;
  readonly location: 'gpu-buffer';
}

/** A tensor that is fed. */
export type Feed = HostFeed | DeviceFeed;

/** A result that stays on the device until it is freed. */
export interface DeviceTensor extends DeviceFeed {
  dispose(): void;
}

export const isOnDevice = (result: HostData | DeviceTensor): result is DeviceTensor =>
  'location' in result && (result.location as string) === 'gpu-buffer';

/** Moves arrays between main memory and a device. With an asynchronous runtime it answers with promises. */
export interface Device {
  upload(feed: HostFeed): DeviceTensor | Promise<DeviceTensor>;
  /** @returns a copy of its elements */
  download(tensor: DeviceTensor): HostArray | Promise<HostArray>;
  dispose(): void;
}

export interface Session<Answer> {
  /** `into` has arrays for some of the results; a runtime may ignore it. */
  run(
    feeds: Readonly<Record<string, Feed>>,
    fetches: readonly string[],
    into?: Readonly<Record<string, HostFeed>>,
  ): Answer;
  dispose(): void;
}

/** The results of a run, by name. A session of a runtime with a device leaves them there. */
export type Results = Readonly<Record<string, HostData | DeviceTensor>>;

/** Computes synchronously, as `dataSync()` needs. */
export interface SyncRuntime {
  readonly sync: true;
  createSession(model: Uint8Array, memory: SessionMemory): Session<Results>;
  /**
   * Resolves after the event loop has had its turn. Without it, a loop of steps would stay in one run of microtasks: timers and
   * signals would wait for ever, and V8 would promote most garbage to the old generation, hundreds of megabytes of it.
   */
  nextTurn(): Promise<void>;
  /** Where results stay, if they stay on a device. */
  readonly device?: Device;
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
  /** Where results stay, if they stay on a device: known when the first session has been created. */
  readonly device?: Device | undefined;
  createSession(model: Uint8Array, memory: SessionMemory): Promise<Session<Promise<Results>>>;
}

export type Runtime = SyncRuntime | AsyncRuntime;
