/**
 * ONNX Runtime as the backend uses it: models in, sessions out. Two ways lead there: the native binding of
 * onnxruntime-node, which computes while one waits, and the public API of any onnxruntime package, which
 * answers later.
 */
import { type ElementType } from '../../../onnx/index.js';
import { type HostData } from '../values.js';
import { type SessionMemory } from './session-options.js';

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

/** What a run computes, by name. */
export type Results = Readonly<Record<string, HostData>>;

/** Computes while one waits: what `dataSync()` needs. */
export interface SyncRuntime {
  readonly sync: true;
  createSession(model: Uint8Array, memory: SessionMemory): Session<Results>;
}

export interface AsyncRuntime {
  readonly sync: false;
  /** Why nothing can be computed while one waits. */
  readonly reason: string;
  createSession(model: Uint8Array, memory: SessionMemory): Promise<Session<Promise<Results>>>;
}

export type Runtime = SyncRuntime | AsyncRuntime;
