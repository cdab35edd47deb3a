/** What the worker is told, and what it tells. */

export interface Job {
  readonly backend: string;
  readonly bundle: string;
  /** Only specs whose full name matches. */
  readonly grep: string;
  /** Specs that have run already, by id. */
  readonly done: readonly string[];
  /** Limit for one asynchronous spec, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Spec {
  readonly id: string;
  readonly file: string;
  /** Its full name, without the name of the backend. */
  readonly name: string;
}

export type Message =
  | { readonly type: 'specs'; readonly specs: readonly Spec[] }
  | { readonly type: 'not loaded'; readonly file: string; readonly why: string }
  | { readonly type: 'started'; readonly id: string }
  | {
      readonly type: 'done';
      readonly id: string;
      readonly status: 'passed' | 'failed' | 'pending';
      readonly why: readonly string[];
    }
  /** Something went wrong outside of specs: in preparing or cleaning up a suite. */
  | { readonly type: 'suite failed'; readonly name: string; readonly why: string }
  | { readonly type: 'finished' };
