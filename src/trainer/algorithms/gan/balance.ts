/** BEGAN's k, the weight of the fakes' energy in the loss of the discriminator. Each step changes it. */
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

/** k as a scalar tensor, so that steps that read it can be captured and replayed. */
export class BalanceOfEnergies implements Stateful {
  readonly #start: number;
  #k: tf.Scalar | undefined;

  constructor(start: number) {
    this.#start = Math.fround(start);
  }

  /** k of the next step. This object owns the tensor. */
  get k(): tf.Scalar {
    return (this.#k ??= tf.keep(tf.scalar(this.#start)));
  }

  /** Copies the k after a step. The tensor stays the caller's. */
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

  /** Frees k. A later step starts with a new one. */
  dispose(): void {
    this.#k?.dispose();
    this.#k = undefined;
  }
}
