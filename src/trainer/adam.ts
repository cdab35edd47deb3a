/**
 * Adam (Kingma and Ba 2015) in both forms. With m ← β₁m + (1−β₁)g and v ← β₂v + (1−β₂)g², both write
 *
 *     w ← w − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε′)
 *
 * and differ in ε′: PyTorch adds ε to the bias-corrected root, so that ε′ = ε·√(1−β₂ᵗ); TensorFlow and
 * Keras add it to the raw one, ε′ = ε, which weighs 31.6 times as much at t = 1.
 *
 * Rates and corrections change with every step; they reach the backend as scalar tensors, so that a
 * backend that compiles a step compiles it once. The slots of many variables lie in one flat tensor (flat-groups.ts):
 * a dozen kernels for hundreds of thousands of weights, instead of for each of a hundred variables.
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
import { flatten, type Group, groupsOf, unflatten } from './flat-groups.js';
import { shapeDifference, type TensorData } from './tensor-data.js';
import { adamState, checkForm } from './state-form.js';
import { holding, type Transaction } from './transaction.js';

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

/** The slots of a group of variables. */
interface Slots {
  readonly group: Group;
  readonly m: tf.Variable<tf.Rank.R1>;
  readonly v: tf.Variable<tf.Rank.R1>;
}

/** What changes from step to step and is the same for all weights. */
export interface AdamNumbers {
  /** lr·√(1−β₂ᵗ)/(1−β₁ᵗ) */
  rate: tf.Scalar;
  /** ε′ */
  epsilon: tf.Scalar;
}

const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);

/**
 * Slots with these values, all or none. They are variables, as an optimizer's slots are in tfjs, but no training of others'
 * finds them.
 */
function slotsOf(groups: readonly Group[], values: (group: Group, name: 'm' | 'v') => Float32Array): Slots[] {
  const slots: Slots[] = [];
  tf.tidy(() => {
    const tensors = groups.map((group) => {
      const [m, v] = (['m', 'v'] as const).map((name) => tf.tensor1d(values(group, name)));
      return { group, m: m!, v: v! };
    });
    for (const { group, m, v } of tensors) {
      slots.push({ group, m: tf.variable(m, false), v: tf.variable(v, false) });
    }
  });
  return slots;
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
  #slots: Slots[] = [];

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
    this.slots(variables);
    tf.tidy(() => {
      this.update(variables, gradients, this.numbers(learningRate));
    });
  }

  /**
   * The slots of these variables; zeros before the first step.
   *
   * @internal
   */
  slots(variables: readonly tf.Variable[]): tf.Variable[] {
    if (this.#slots.length === 0) {
      const groups = groupsOf(variables.map(({ shape }) => shape));
      this.#slots = slotsOf(groups, ({ sizes }) => new Float32Array(sum(sizes)));
    }
    return this.#slots.flatMap(({ m, v }) => [m, v]);
  }

  /**
   * What the next step takes beside gradients. Counts it as done. The tensors are the caller's.
   *
   * @internal
   */
  numbers(learningRate: number): AdamNumbers {
    const t = ++this.#steps;
    const { form, beta1, beta2 } = this.#options;
    const correction = Math.sqrt(1 - beta2 ** t);
    return {
      rate: tf.scalar((learningRate * correction) / (1 - beta1 ** t)),
      epsilon: tf.scalar(form === 'pytorch' ? this.#epsilon * correction : this.#epsilon),
    };
  }

  /**
   * The step itself, kernels and nothing else: variables and slots by gradients and {@link Adam.numbers}.
   *
   * @internal
   */
  update(
    variables: readonly tf.Variable[],
    gradients: readonly tf.Tensor[],
    { rate, epsilon }: AdamNumbers,
  ): void {
    this.#check(variables, gradients);
    const { beta1, beta2 } = this.#options;
    tf.tidy(() => {
      const keepM = tf.scalar(beta1);
      const takeM = tf.scalar(1 - beta1);
      const keepV = tf.scalar(beta2);
      const takeV = tf.scalar(1 - beta2);
      for (const { group, m, v } of this.#slots) {
        const g = flatten(gradients, group);
        m.assign(tf.add(tf.mul(m, keepM), tf.mul(g, takeM)));
        v.assign(tf.add(tf.mul(v, keepV), tf.mul(tf.square(g), takeV)));
        const changes = unflatten(tf.mul(rate, tf.div(m, tf.add(tf.sqrt(v), epsilon))), group);
        for (const [i, change] of changes.entries()) {
          const w = variables[group.first + i]!;
          w.assign(tf.sub(w, change));
        }
      }
    });
  }

  #check(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[]): void {
    const known = this.#slots.flatMap(({ group }) => group.shapes.map((shape) => ({ shape })));
    const slots = known.length > 0 ? known : variables;
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
    const slots = this.#slots.map(async ({ group, m, v }) => {
      const [means, squares] = await Promise.all([m.data(), v.data()]);
      let from = 0;
      return group.shapes.map((shape, i) => {
        const [start, end] = [from, (from += group.sizes[i]!)];
        const slot = (numbers: ArrayLike<number>): TensorData => ({
          shape: [...shape],
          data: Float32Array.from(numbers).slice(start, end),
        });
        return { m: slot(means), v: slot(squares) };
      });
    });
    return { steps: this.#steps, slots: (await Promise.all(slots)).flat() };
  }

  /**
   * Goes on from a {@link Adam.state}.
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
      throw new CycleGANError('INVALID_STATE', `Adam.restore: m and v must fit each other: ${difference}.`);
    }
    const groups = groupsOf(state.slots.map(({ m }) => m.shape));
    const slots = slotsOf(groups, ({ first, sizes }, name) => {
      const data = new Float32Array(sum(sizes));
      let at = 0;
      for (const slot of state.slots.slice(first, first + sizes.length)) {
        data.set(slot[name].data, at);
        at += slot[name].data.length;
      }
      return data;
    });
    this.dispose();
    [this.#steps, this.#slots] = [state.steps, slots];
  }

  /**
   * Remembers steps and slots.
   *
   * @internal
   */
  begin(): Transaction {
    const [steps, slots] = [this.#steps, this.#slots];
    return holding(
      slots.flatMap(({ m, v }) => [m, v]),
      (held) => {
        this.dispose();
        this.#steps = steps;
        const variables = held.map((t) => tf.variable(t as tf.Tensor1D, false));
        this.#slots = slots.map(({ group }, i) => ({
          group,
          m: variables[2 * i]!,
          v: variables[2 * i + 1]!,
        }));
        tf.dispose(held);
      },
    );
  }

  /** Frees the slots. A later step starts afresh. */
  dispose(): void {
    tf.dispose(this.#slots.flatMap(({ m, v }) => [m, v]));
    this.#slots = [];
    this.#steps = 0;
  }
}
