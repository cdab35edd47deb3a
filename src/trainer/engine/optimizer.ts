/**
 * An optimizer for a fixed list of variables. It owns the slots; a rule says how gradients change slots and variables.
 *
 * Values that change from step to step, such as the learning rate, are scalar tensors, so a backend that compiles a step
 * compiles it once. The slots of many variables are one flat tensor (`flat-groups.ts`), which needs fewer kernels.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { flatten, type FlatGroup, groupsOf, unflatten } from './flat-groups.js';
import { shapeDifference, type TensorData } from './tensor-data.js';
import { holding, type Transaction } from './transaction.js';

/** The rule of an optimizer: data, and functions without state. */
export interface OptimizerRule<Slot extends string = string> {
  /** For messages. */
  readonly name: string;
  /** Names of the slots of each element. Slots are 0 at first. */
  readonly slots: readonly Slot[];
  /** Names of the slots that are never negative. */
  readonly nonNegative: readonly Slot[];
  /** Scalars that are the same at every step. */
  readonly constants: Readonly<Record<string, number>>;
  /**
   * Scalars of step t.
   *
   * @param t number of the step, from 1
   */
  scalars(learningRate: number, t: number): Readonly<Record<string, number>>;
  /**
   * Returns the new slots, and the change to subtract from the variable, all of the gradient's shape.
   *
   * @param s the constants and scalars, as tensors
   */
  update(
    gradient: tf.Tensor,
    slots: Readonly<Record<Slot, tf.Tensor>>,
    s: tf.NamedTensorMap,
  ): { slots: Record<Slot, tf.Tensor>; change: tf.Tensor };
}

/** Slots of one variable by name. */
export type SlotData<Slot extends string = string> = Record<Slot, TensorData>;

/** Plain data from which an optimizer resumes bit for bit. */
export interface OptimizerState<Slot extends string = string> {
  /** Completed steps: t of the bias correction. */
  steps: number;
  /** Slots of each variable, by position; empty before the first step. */
  slots: SlotData<Slot>[];
}

/** The slots of consecutive variables. */
interface Slots {
  readonly group: FlatGroup;
  readonly values: Readonly<Record<string, tf.Variable>>;
}

const scalarTensors = (values: Readonly<Record<string, number>>): tf.NamedTensorMap =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tf.scalar(value)]));

const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);

export class Optimizer<Slot extends string = string> {
  readonly #rule: OptimizerRule<Slot>;
  #steps = 0;
  #slots: Slots[] = [];

  constructor(rule: OptimizerRule<Slot>) {
    this.#rule = rule;
  }

  get steps(): number {
    return this.#steps;
  }

  /** The slots of these variables. They are created with zeros before the first step. */
  slots(variables: readonly tf.Variable[]): tf.Variable[] {
    if (this.#slots.length === 0 && variables.length > 0) {
      const groups = groupsOf(variables.map(({ shape }) => shape));
      this.#slots = this.#create(groups, ({ sizes }) => new Float32Array(sum(sizes)));
    }
    return this.#all;
  }

  get #all(): tf.Variable[] {
    return this.#slots.flatMap(({ values }) => Object.values(values));
  }

  /** Creates slots with these values, all or none. They are not trainable, so other optimizers ignore them. */
  #create(groups: readonly FlatGroup[], data: (group: FlatGroup, slot: Slot) => Float32Array): Slots[] {
    const created: Slots[] = [];
    tf.tidy(() => {
      const tensors = groups.map((group) =>
        this.#rule.slots.map((slot) => [slot, tf.tensor1d(data(group, slot))] as const),
      );
      for (const [i, group] of groups.entries()) {
        created.push({
          group,
          values: Object.fromEntries(tensors[i]!.map(([slot, t]) => [slot, tf.variable(t, false)])),
        });
      }
    });
    return created;
  }

  /** Returns the scalars of the next step and counts the step. The caller owns the tensors. */
  scalars(learningRate: number): tf.NamedTensorMap {
    return scalarTensors(this.#rule.scalars(learningRate, ++this.#steps));
  }

  /** Updates variables and slots. It consists of kernels only, so it can be captured. */
  update(
    variables: readonly tf.Variable[],
    gradients: readonly tf.Tensor[],
    scalars: tf.NamedTensorMap,
  ): void {
    tf.tidy(() => {
      const s = { ...scalarTensors(this.#rule.constants), ...scalars };
      for (const { group, values } of this.#slots) {
        const gradient = flatten(gradients, group);
        const { slots, change } = this.#rule.update(gradient, values, s);
        for (const slot of this.#rule.slots) values[slot]!.assign(slots[slot]);
        for (const [i, part] of unflatten(change as tf.Tensor1D, group).entries()) {
          const w = variables[group.first + i]!;
          w.assign(tf.sub(w, part));
        }
      }
    });
  }

  /** Refuses variables or gradients that do not fit the slots. */
  check(where: string, variables: readonly tf.Variable[], gradients: readonly tf.Tensor[]): void {
    const known = this.#slots.flatMap(({ group }) => group.shapes.map((shape) => ({ shape })));
    const slots = known.length > 0 ? known : variables;
    for (const [name, tensors] of Object.entries({ variables, gradients })) {
      const difference = shapeDifference(slots, tensors);
      if (difference === undefined) continue;
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: ${name} do not fit the slots: ${difference}. Use one ${this.#rule.name} for each list of variables.`,
      );
    }
  }

  /** Returns everything that later steps depend on. */
  async state(): Promise<OptimizerState<Slot>> {
    const steps = this.#steps;
    const groups = this.#slots.map(async ({ group, values }) => {
      const slots = this.#rule.slots.map(async (slot) => [slot, await values[slot]!.data()] as const);
      const data = Object.fromEntries(await Promise.all(slots)) as Record<Slot, Float32Array>;
      let from = 0;
      return group.shapes.map((shape, i) => {
        const [start, end] = [from, (from += group.sizes[i]!)];
        const own = this.#rule.slots.map((slot) => {
          const tensor: TensorData = {
            shape: [...shape],
            data: data[slot].slice(start, end),
          };
          return [slot, tensor] as const;
        });
        return Object.fromEntries(own) as SlotData<Slot>;
      });
    });
    return { steps, slots: (await Promise.all(groups)).flat() };
  }

  /** Resumes from a checked state. */
  restore({ steps, slots }: OptimizerState<Slot>): void {
    const [first] = this.#rule.slots;
    const groups = groupsOf(slots.map((each) => each[first!].shape));
    const created = this.#create(groups, ({ first, sizes }, name) => {
      const data = new Float32Array(sum(sizes));
      let at = 0;
      for (const slot of slots.slice(first, first + sizes.length)) {
        data.set(slot[name].data, at);
        at += slot[name].data.length;
      }
      return data;
    });
    this.dispose();
    [this.#steps, this.#slots] = [steps, created];
  }

  /**
   * Splits this optimizer into two with the same count of steps: for the variables at `places`, and for the others. Disposes
   * this one.
   */
  split(
    shapes: readonly (readonly number[])[],
    places: ReadonlySet<number>,
  ): [Optimizer<Slot>, Optimizer<Slot>] {
    const halves = [true, false].map((inside) => {
      const optimizer = new Optimizer(this.#rule);
      optimizer.#steps = this.#steps;
      if (this.#slots.length === 0) return optimizer;
      const own = [...shapes.keys()].filter((i) => places.has(i) === inside);
      const groups = groupsOf(own.map((i) => shapes[i]!));
      tf.tidy(() => {
        const parts = this.#rule.slots.map((slot) => {
          const whole = this.#slots.flatMap(({ group, values }) =>
            unflatten(values[slot] as tf.Tensor1D, group),
          );
          return own.map((i) => whole[i]!);
        });
        optimizer.#slots = groups.map((group) => ({
          group,
          values: Object.fromEntries(
            this.#rule.slots.map((slot, k) => [
              slot,
              tf.variable(tf.add(flatten(parts[k]!, group), 0), false),
            ]),
          ),
        }));
      });
      return optimizer;
    });
    this.dispose();
    return halves as [Optimizer<Slot>, Optimizer<Slot>];
  }

  /** Begins a transaction of steps and slots. */
  begin(): Transaction {
    const [steps, slots] = [this.#steps, this.#slots];
    return holding(this.#all, (held) => {
      this.dispose();
      this.#steps = steps;
      let next = 0;
      this.#slots = slots.map(({ group, values }) => ({
        group,
        values: Object.fromEntries(
          Object.keys(values).map((slot) => [slot, tf.variable(held[next++]!, false)]),
        ),
      }));
      tf.dispose(held);
    });
  }

  /** Frees the slots. A later step starts with new ones. */
  dispose(): void {
    tf.dispose(this.#all);
    this.#slots = [];
    this.#steps = 0;
  }
}
