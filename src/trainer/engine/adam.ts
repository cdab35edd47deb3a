/**
 * Adam (Kingma and Ba 2015) in both conventions. With m ← β₁m + (1−β₁)g and v ← β₂v + (1−β₂)g², both compute
 *
 *     w ← w − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε′)
 *
 * and differ in ε′. PyTorch adds ε to the bias-corrected root: ε′ = ε·√(1−β₂ᵗ). Keras adds ε to the root before the
 * correction: ε′ = ε, which is 31.6 times as large at t = 1.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Convention } from '../../core/convention.js';
import { CycleGANError } from '../../core/errors.js';
import {
  shareBelowOne,
  finiteNumber,
  oneOf,
  optional,
  resolveOptions,
  show,
  withDefault,
} from '../../core/options.js';
import { Optimizer, type OptimizerRule } from './optimizer.js';
import { adamState, checkForm } from './state-form.js';
import { shapeDifference, type TensorData } from './tensor-data.js';

/** Options of {@link Adam}. */
export interface AdamOptions {
  /** Whether ε is added after the bias correction (`pytorch`) or before it (`keras`). */
  convention: Convention;
  /**
   * Decay of the mean of gradients.
   * @default 0.5, as in both programs for CycleGAN
   */
  beta1?: number;
  /**
   * Decay of the mean of squared gradients.
   * @default 0.999
   */
  beta2?: number;
  /**
   * ε, which keeps steps finite if gradients vanish.
   * @default pytorch: 1e-8; keras: 1e-7
   */
  epsilon?: number;
}

/** Plain data from which {@link Adam} resumes bit for bit. */
export interface AdamState {
  /** Steps taken: t of the bias correction. */
  steps: number;
  /** Slots of each variable, by position. They are not bias-corrected, as in PyTorch and Keras. */
  slots: {
    /** Running mean of the gradient. */
    m: TensorData;
    /** Running mean of the squared gradient. */
    v: TensorData;
  }[];
}

const entries = {
  convention: oneOf('pytorch', 'keras'),
  beta1: withDefault(shareBelowOne(), 0.5),
  beta2: withDefault(shareBelowOne(), 0.999),
  epsilon: optional(finiteNumber(0)),
};

/** Adam as an {@link OptimizerRule}. */
export function adamRule(options: AdamOptions): OptimizerRule<'m' | 'v'> {
  const { convention, beta1, beta2, epsilon: given } = resolveOptions('Adam', entries, options);
  const epsilon = given ?? (convention === 'pytorch' ? 1e-8 : 1e-7);
  return {
    name: 'Adam',
    slots: ['m', 'v'],
    nonNegative: ['v'],
    constants: { keepM: beta1, takeM: 1 - beta1, keepV: beta2, takeV: 1 - beta2 },
    scalars(learningRate, t) {
      const correction = Math.sqrt(1 - beta2 ** t);
      return {
        rate: (learningRate * correction) / (1 - beta1 ** t),
        epsilon: convention === 'pytorch' ? epsilon * correction : epsilon,
      };
    },
    update(gradient, { m, v }, { rate, epsilon, keepM, takeM, keepV, takeV }) {
      const means = tf.add(tf.mul(m, keepM!), tf.mul(gradient, takeM!));
      const squares = tf.add(tf.mul(v, keepV!), tf.mul(tf.square(gradient), takeV!));
      const change = tf.mul(rate!, tf.div(means, tf.add(tf.sqrt(squares), epsilon!)));
      return { slots: { m: means, v: squares }, change };
    },
  };
}

/**
 * The Adam optimizer for a fixed list of variables. Slots belong to variables by position.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export class Adam {
  readonly #optimizer: Optimizer<'m' | 'v'>;

  constructor(options: AdamOptions) {
    this.#optimizer = new Optimizer(adamRule(options));
  }

  /**
   * Updates each variable with its gradient. The gradients stay the caller's.
   *
   * @param variables the same variables, in the same order, in every call
   * @param gradients one gradient for each variable, of its shape
   * @throws CycleGANError `INVALID_ARGUMENT` if the variables differ from those of earlier calls; none is changed then
   */
  step(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], learningRate: number): void {
    this.#optimizer.check('Adam.step', variables, gradients);
    this.#optimizer.slots(variables);
    tf.tidy(() => {
      this.#optimizer.update(variables, gradients, this.#optimizer.scalars(learningRate));
    });
  }

  /** Returns everything that later steps depend on. */
  async state(): Promise<AdamState> {
    return await this.#optimizer.state();
  }

  /**
   * Resumes from the result of {@link Adam.state}.
   *
   * @throws CycleGANError `INVALID_STATE`
   */
  restore(state: AdamState): void {
    if (!Number.isInteger((state as AdamState | null)?.steps) || !Array.isArray(state.slots)) {
      throw new CycleGANError(
        'INVALID_STATE',
        `Adam.restore: expected { steps, slots }, got ${show(state)}.`,
      );
    }
    checkForm('Adam.restore', adamState, state);
    const difference = shapeDifference(
      state.slots.map(({ m }) => m),
      state.slots.map(({ v }) => v),
    );
    if (difference !== undefined) {
      throw new CycleGANError(
        'INVALID_STATE',
        `Adam.restore: the shapes of m and v must be equal: ${difference}.`,
      );
    }
    this.#optimizer.restore(state);
  }

  /** Frees the slots. A later step starts with new ones. */
  dispose(): void {
    this.#optimizer.dispose();
  }
}
