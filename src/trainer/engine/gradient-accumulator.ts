/** Averages the gradients of several steps for one update, as with a larger batch. */
import * as tf from '@tensorflow/tfjs-core';
import { namedTensorData, tensorsOfData, type TensorData } from './tensor-data.js';
import { holding, type Transaction, type Transactional } from './transaction.js';

/** Accumulated gradients, as plain data: their sums by the name of the weight, and the number of steps in them. */
export interface GradientAccumulatorState {
  steps: number;
  sums: Record<string, TensorData>;
}

/** Accumulates gradients of one network over `every` steps. */
export class GradientAccumulator implements Transactional {
  readonly #every: number;
  #steps = 0;
  #sums = new Map<string, tf.Tensor>();

  constructor(every: number) {
    this.#every = every;
  }

  /**
   * Adds the gradients of one step, by the name of the weight, and takes ownership of them.
   *
   * @returns the averages for these weights, which the caller owns, in each `every`-th call; otherwise undefined
   */
  add(gradients: ReadonlyMap<string, tf.Tensor>): tf.Tensor[] | undefined {
    const sums = new Map(this.#sums);
    for (const [name, gradient] of gradients) {
      const before = this.#sums.get(name);
      sums.set(name, tf.keep(before === undefined ? gradient : tf.add(before, gradient)));
      if (before !== undefined) tf.dispose([before, gradient]);
    }
    this.#sums = sums;
    this.#steps += 1;
    if (this.#steps < this.#every) return undefined;
    const averages = [...gradients.keys()].map((name) => tf.div(sums.get(name)!, this.#every));
    this.dispose();
    return averages;
  }

  async state(): Promise<GradientAccumulatorState> {
    return { steps: this.#steps, sums: await namedTensorData(this.#sums) };
  }

  restore({ steps, sums }: GradientAccumulatorState): void {
    const names = Object.keys(sums);
    const tensors = tensorsOfData(Object.values(sums));
    this.dispose();
    this.#steps = steps;
    this.#sums = new Map(tensors.map((tensor, i) => [names[i]!, tensor]));
  }

  /** Begins a transaction of the sums. */
  begin(): Transaction {
    const [steps, names] = [this.#steps, [...this.#sums.keys()]];
    return holding([...this.#sums.values()], (held) => {
      this.dispose();
      this.#steps = steps;
      this.#sums = new Map(held.map((tensor, i) => [names[i]!, tensor]));
    });
  }

  /** Drops the sums. */
  dispose(): void {
    tf.dispose([...this.#sums.values()]);
    this.#sums = new Map();
    this.#steps = 0;
  }
}
