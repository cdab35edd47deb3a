/** What the program's thread and a thread with sessions say to each other. */
import { type ArrayType, type HostArray } from './array-types.js';
import { type SessionOptions } from './session-options.js';

/** An array's name, type and shape. */
export interface ArraySpec {
  readonly name: string;
  readonly type: ArrayType;
  readonly dims: readonly number[];
}

/** What a session is fed: arrays, or single elements, which need no array of their own. */
export interface InputSpec extends ArraySpec {
  readonly scalar: boolean;
}

/** A small model that a thread runs first, to see whether it gets results or promises. */
export interface ThreadTrial {
  readonly model: Uint8Array;
  readonly feeds: object;
  readonly fetches: readonly string[];
}

/** What a thread can do, by name. Arrays and sessions have ids, which the program's thread gives. */
export interface ThreadRequests {
  begin: object;
  create: {
    readonly session: number;
    readonly model: Uint8Array;
    readonly options: SessionOptions;
    readonly inputs: readonly InputSpec[];
    readonly outputs: readonly ArraySpec[];
  };
  run: {
    readonly session: number;
    /** For each input its element, if it is a scalar, or the id of an array. */
    readonly feeds: readonly number[];
    /** For each output the id of its array. */
    readonly makes: readonly number[];
  };
  read: {
    readonly ids: readonly number[];
    /** For each array the id of an array for its copy. Undefined: the array itself leaves the thread. */
    readonly copies: readonly (number | undefined)[];
  };
  dispose: { readonly session: number; readonly profiling: boolean };
}

/** What happens to arrays before the request itself. */
export interface ArrayChanges {
  readonly dropped: readonly number[];
  readonly written: readonly (readonly [id: number, data: HostArray])[];
}

export type ThreadRequest = {
  [Name in keyof ThreadRequests]: { readonly to: Name } & ThreadRequests[Name];
}[keyof ThreadRequests];

export interface ThreadAnswer {
  readonly error?: string | undefined;
  readonly arrays: HostArray[];
}

export interface Port {
  postMessage(message: unknown, transfer: readonly object[]): void;
}

/** What a thread is given when it begins. */
export interface ThreadData {
  readonly port: Port;
  /** Whose turn it is. */
  readonly turn: Int32Array;
  /** Of onnxruntime-node's binding. */
  readonly path: string;
  readonly trial: ThreadTrial;
}

/** Whose turn it is: the program's thread goes on, or the other one has something to do. */
export const PROGRAM = 0;
export const THREAD = 1;
