/** BEGAN's k, which steps change: how much the discriminator counts the energy of fakes. */
import * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { show } from '../../../core/options.js';
import type { Stateful } from '../../engine/algorithm.js';
import { checkForm } from '../../engine/state-form.js';
import { holding, type Transaction } from '../../engine/transaction.js';

/** Plain data. */
export interface BalanceState {
  k: number;
}

const balanceState = v.object({
  k: v.pipe(
    v.number(),
    v.check(
      (k) => k >= 0 && k <= 1,
      ({ input }) => `must be a number from 0 to 1, got ${show(input)}.`,
    ),
  ),
});

/** k as a scalar of its own, so that steps that read it can be replayed. */
export class BalanceOfEnergies implements Stateful {
  readonly #start: number;
  #k: tf.Scalar | undefined;

  constructor(start: number) {
    this.#start = Math.fround(start);
  }

  /** k of the next step; it stays this object's. */
  get k(): tf.Scalar {
    return (this.#k ??= tf.keep(tf.scalar(this.#start)));
  }

  /** Takes the k after a step, which stays the caller's. */
  take(k: tf.Tensor): void {
    const next = tf.keep(tf.clone(k)) as tf.Scalar;
    this.#k?.dispose();
    this.#k = next;
  }

  async state(): Promise<BalanceState> {
    return { k: (await this.#k?.data())?.[0] ?? this.#start };
  }

  check(where: string, state: unknown): void {
    checkForm(where, balanceState, state);
  }

  restore(state: unknown): void {
    this.dispose();
    this.#k = tf.keep(tf.scalar((state as BalanceState).k));
  }

  begin(): Transaction {
    return holding(this.#k ? [this.#k] : [], ([k]) => {
      this.dispose();
      this.#k = k as tf.Scalar | undefined;
    });
  }

  /** A later step starts afresh. */
  dispose(): void {
    this.#k?.dispose();
    this.#k = undefined;
  }
}
