/**
 * Where a long recording is cut, for programs that never read a value: where the program is outside of gradients and has left
 * the scope that it was in, or entered another: between the steps of a training loop. So each step gives the same graph.
 */
import { engine } from '@tensorflow/tfjs-core';

/** From this many recorded nodes on, the graph is cut between steps. */
const LONG = 512;
/** With this many it is cut wherever the program is. */
const TOO_LONG = 20_000;

export class Cutter {
  /** How many of tfjs' scopes the program was in at the last run, or fewer since. */
  private outermost = 0;
  /** The scope that it has entered on top of those. */
  private scope: number | undefined;
  /** The fewest scopes that kernels were recorded in since the last run. */
  private lowest = Infinity;

  /** Cuts, which runs what is recorded, if this is a place for it. To be called before each kernel. */
  cutIfLong(recorded: number, cut: () => void): void {
    const { scopeStack, gradientDepth } = engine().state;
    const depth = scopeStack.length;
    this.lowest = Math.min(this.lowest, depth);
    this.outermost = Math.min(this.outermost, depth);
    const scope = scopeStack[this.outermost]?.id;
    const between = gradientDepth === 0 && (scope === undefined || scope !== this.scope);
    this.scope = scope;
    if (recorded < LONG || (!between && recorded < TOO_LONG)) return;
    const outermost = between ? this.outermost : this.lowest; // a scope that never ends tells nothing
    cut();
    this.outermost = outermost;
  }

  /** Nothing is recorded any more. */
  startsAnew(): void {
    this.outermost = engine().state.scopeStack.length;
    this.lowest = Infinity;
  }
}
