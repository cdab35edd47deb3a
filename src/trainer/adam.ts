/**
 * Adam (Kingma and Ba 2015) in both forms. With m ← β₁m + (1−β₁)g and v ← β₂v + (1−β₂)g², both write
 *
 *     w ← w − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε′)
 *
 * and differ in ε′: PyTorch adds ε to the bias-corrected root, so that ε′ = ε·√(1−β₂ᵗ); TensorFlow and
 * Keras add it to the raw one, ε′ = ε, which weighs 31.6 times as much at t = 1.
 *
 * Rates and corrections change with every step; they reach the backend as scalar tensors, so that a
 * backend that compiles a step compiles it once.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import {
  shareBelowOne,
  finiteNumber,
  oneOf,
  optional,
  resolveOptions,
  show,
  withDefault,
} from '../core/options.js';
import { keptTensor, shapeDifference, tensorData, type TensorData } from './tensor-data.js';

/** Options of {@link Adam}. */
export interface AdamOptions {
  /** Where ε stands: P has `pytorch`, K has `tensorflow`. */
  form: 'pytorch' | 'tensorflow';
  /**
   * Decay of the gradient's mean.
   * @default 0.5, as in P and K
   */
  beta1?: number;
  /**
   * Decay of the squared gradient's mean.
   * @default 0.999
   */
  beta2?: number;
  /**
   * ε, which keeps steps finite where gradients vanish.
   * @default 1e-8 for `pytorch`, 1e-7 for `tensorflow`
   */
  epsilon?: number;
}

/** Plain data from which {@link Adam} goes on to the last bit. */
export interface AdamState {
  /** Steps so far: the t of the bias correction. */
  steps: number;
  /** Those of each variable, by position. Not bias-corrected, as PyTorch and Keras store them. */
  slots: {
    /** Running mean of the gradient. */
    m: TensorData;
    /** Running mean of the squared gradient. */
    v: TensorData;
  }[];
}

interface Slot {
  m: tf.Tensor;
  v: tf.Tensor;
}

const entries = {
  form: oneOf('pytorch', 'tensorflow'),
  beta1: withDefault(shareBelowOne(), 0.5),
  beta2: withDefault(shareBelowOne(), 0.999),
  epsilon: optional(finiteNumber(0)),
};

/**
 * An optimizer for a fixed list of variables: its slots go by position.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export class Adam {
  readonly #options;
  readonly #epsilon: number;
  #steps = 0;
  #slots: Slot[] = [];

  constructor(options: AdamOptions) {
    this.#options = resolveOptions('Adam', entries, options);
    this.#epsilon = this.#options.epsilon ?? (this.#options.form === 'pytorch' ? 1e-8 : 1e-7);
  }

  /**
   * Changes every variable by its gradient. The gradients stay the caller's.
   *
   * @param variables the same ones, in the same order, in every call
   * @param gradients one for each variable, of its shape
   * @throws CycleGANError `INVALID_ARGUMENT` for other variables than before, before any is changed
   */
  step(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], learningRate: number): void {
    this.#check(variables, gradients);
    if (this.#slots.length === 0) {
      this.#slots = variables.map((w) => ({ m: tf.keep(tf.zerosLike(w)), v: tf.keep(tf.zerosLike(w)) }));
    }
    const t = ++this.#steps;
    const { form, beta1, beta2 } = this.#options;
    const correction = Math.sqrt(1 - beta2 ** t);
    tf.tidy(() => {
      const keepM = tf.scalar(beta1);
      const takeM = tf.scalar(1 - beta1);
      const keepV = tf.scalar(beta2);
      const takeV = tf.scalar(1 - beta2);
      const rate = tf.scalar((learningRate * correction) / (1 - beta1 ** t));
      const epsilon = tf.scalar(form === 'pytorch' ? this.#epsilon * correction : this.#epsilon);
      for (const [i, w] of variables.entries()) {
        const g = gradients[i]!;
        const old = this.#slots[i]!;
        const m = tf.keep(tf.add(tf.mul(old.m, keepM), tf.mul(g, takeM)));
        const v = tf.keep(tf.add(tf.mul(old.v, keepV), tf.mul(tf.square(g), takeV)));
        w.assign(tf.sub(w, tf.mul(rate, tf.div(m, tf.add(tf.sqrt(v), epsilon)))));
        this.#slots[i] = { m, v };
        tf.dispose([old.m, old.v]);
      }
    });
  }

  #check(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[]): void {
    const slots = this.#slots.length > 0 ? this.#slots.map(({ m }) => m) : variables;
    for (const [name, tensors] of Object.entries({ variables, gradients })) {
      const difference = shapeDifference(slots, tensors);
      if (difference === undefined) continue;
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `Adam.step: ${name} do not fit the slots: ${difference}. Use one Adam for one list of variables.`,
      );
    }
  }

  /** Everything that later steps depend on. */
  async state(): Promise<AdamState> {
    const slots = this.#slots.map(async (slot) => {
      const [m, v] = await Promise.all([tensorData(slot.m), tensorData(slot.v)]);
      return { m, v };
    });
    return { steps: this.#steps, slots: await Promise.all(slots) };
  }

  /**
   * Goes on from a {@link Adam.state}.
   *
   * @throws CycleGANError `INVALID_STATE`
   */
  restore(state: AdamState): void {
    if (!Number.isInteger(state.steps) || !Array.isArray(state.slots)) {
      throw new CycleGANError(
        'INVALID_STATE',
        `Adam.restore: expected { steps, slots }, got ${show(state)}.`,
      );
    }
    this.dispose();
    this.#steps = state.steps;
    this.#slots = state.slots.map(({ m, v }) => ({ m: keptTensor(m), v: keptTensor(v) }));
  }

  /** Frees the slots. A later step starts afresh. */
  dispose(): void {
    tf.dispose(this.#slots.flatMap(({ m, v }) => [m, v]));
    this.#slots = [];
    this.#steps = 0;
  }
}
