/**
 * When a long recording runs, for programs that never read a value: between the steps of a training loop, so that each step gives
 * the same graph. The program is between steps when it is outside of gradients and has left the scope (`tf.tidy`) that it was in, or
 * entered another.
 */
import { engine } from '@tensorflow/tfjs-core';

/** From this many recorded nodes on, the recording runs between steps. */
const LONG = 512;
/** With this many it runs wherever the program is. */
const TOO_LONG = 20_000;

export class FlushPolicy {
  /** How many of tfjs' scopes the program was in at the last run, or fewer since. */
  private outermost = 0;
  /** The scope that it has entered on top of those. */
  private scope: number | undefined;
  /** The fewest scopes that kernels were recorded in since the last run. */
  private lowest = Infinity;

  /** Calls `flush` if the recording is long and this is a place to run it. Must be called before each kernel. */
  flushIfLong(recorded: number, flush: () => void): void {
    const { scopeStack, gradientDepth } = engine().state;
    const depth = scopeStack.length;
    this.lowest = Math.min(this.lowest, depth);
    this.outermost = Math.min(this.outermost, depth);
    const scope = scopeStack[this.outermost]?.id;
    const between = gradientDepth === 0 && (scope === undefined || scope !== this.scope);
    this.scope = scope;
    if (recorded < LONG || (!between && recorded < TOO_LONG)) return;
    const outermost = between ? this.outermost : this.lowest; // a scope that never ends is no step
    flush();
    this.outermost = outermost;
  }

  /** The recording is empty again. */
  restart(): void {
    this.outermost = engine().state.scopeStack.length;
    this.lowest = Infinity;
  }
}
