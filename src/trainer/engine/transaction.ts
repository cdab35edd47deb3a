/**
 * All or nothing: a step or a restore that fails leaves everything as it was. Tensors never change, so nothing is copied:
 * the old tensors are held until it is known that the new ones are good.
 */
import * as tf from '@tensorflow/tfjs-core';

/** A change under way. Exactly one of its functions is called, once. */
export interface Transaction {
  /** Keeps the changes. */
  readonly commit: () => void;
  /** Restores the state from before the changes. */
  readonly rollback: () => void;
}

/** State that can be restored. */
export interface Transactional {
  /** Remembers the present state. */
  begin(): Transaction;
}

/**
 * Holds tensors while they may be replaced or disposed.
 *
 * @param restore puts the held tensors back; they are its own then
 */
export function holding(tensors: readonly tf.Tensor[], restore: (held: tf.Tensor[]) => void): Transaction {
  const held = tensors.map((t) => tf.keep(tf.clone(t)));
  return {
    commit: () => {
      tf.dispose(held);
    },
    rollback: () => {
      restore(held);
    },
  };
}

/** Variables as they are now. Those that are disposed meanwhile stay so. */
export function holdingVariables(variables: Iterable<tf.Variable>): Transaction {
  const each = [...new Set(variables)];
  return holding(each, (held) => {
    for (const [i, variable] of each.entries()) if (!variable.isDisposed) variable.assign(held[i]!);
    tf.dispose(held);
  });
}

/** One transaction of several. */
export function beginAll(parts: readonly Transactional[]): Transaction {
  const begun: Transaction[] = [];
  const all = (end: 'commit' | 'rollback') => () => {
    runAll(begun.map((transaction) => transaction[end]));
  };
  try {
    for (const part of parts) begun.push(part.begin());
  } catch (error) {
    all('commit')(); // nothing has changed yet: this only lets go of the tensors
    throw error;
  }
  return { commit: all('commit'), rollback: all('rollback') };
}

/** Runs all of them, also when one throws; its error is thrown at the end. */
function runAll(runs: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  for (const run of runs) {
    try {
      run();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
