/**
 * Transactions: a step or a restore that fails leaves everything as it was. Tensors are immutable, so nothing is copied. The
 * old tensors are held until the change is committed.
 */
import * as tf from '@tensorflow/tfjs-core';

/** An open transaction. Exactly one of its functions is called, once. */
export interface Transaction {
  /** Keeps the changes. */
  readonly commit: () => void;
  /** Restores the state before the changes. */
  readonly rollback: () => void;
}

/** A part whose changes can be rolled back. */
export interface Transactional {
  /** Begins a transaction. */
  begin(): Transaction;
}

/**
 * Holds tensors that may be replaced or disposed.
 *
 * @param restore puts the held tensors back, and takes ownership of them
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

/** Holds the values of variables. Variables that are disposed in the meantime stay disposed. */
export function holdingVariables(variables: Iterable<tf.Variable>): Transaction {
  const each = [...new Set(variables)];
  return holding(each, (held) => {
    for (const [i, variable] of each.entries()) if (!variable.isDisposed) variable.assign(held[i]!);
    tf.dispose(held);
  });
}

/** Begins one transaction of several parts. */
export function beginAll(parts: readonly Transactional[]): Transaction {
  const begun: Transaction[] = [];
  const all = (end: 'commit' | 'rollback') => () => {
    runAll(begun.map((transaction) => transaction[end]));
  };
  try {
    for (const part of parts) begun.push(part.begin());
  } catch (error) {
    all('commit')(); // nothing has changed yet, this only releases the tensors
    throw error;
  }
  return { commit: all('commit'), rollback: all('rollback') };
}

/** Runs all functions, also if one throws. The first error is thrown at the end. */
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
