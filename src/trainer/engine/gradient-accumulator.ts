/** Averages the gradients of several steps, for one update as if of a larger batch. */
import * as tf from '@tensorflow/tfjs-core';
import { namedTensorData, tensorsOfData, type TensorData } from './tensor-data.js';
import { holding, type Transaction, type Transactional } from './transaction.js';

/** Plain data: the sums so far, by the name of the weight, and how many steps are in them. */
export interface GradientAccumulatorState {
  steps: number;
  sums: Record<string, TensorData>;
}

/** Collects gradients of one network over `every` steps. */
export class GradientAccumulator implements Transactional {
  readonly #every: number;
  #steps = 0;
  #sums = new Map<string, tf.Tensor>();

  constructor(every: number) {
    this.#every = every;
  }

  /**
   * Takes the gradients of one step over, by the names of the weights.
   *
   * @returns the averages for these weights, the caller's, at every `every`-th call, and nothing at the others
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

  /** Remembers what was collected. */
  begin(): Transaction {
    const [steps, names] = [this.#steps, [...this.#sums.keys()]];
    return holding([...this.#sums.values()], (held) => {
      this.dispose();
      this.#steps = steps;
      this.#sums = new Map(held.map((tensor, i) => [names[i]!, tensor]));
    });
  }

  /** Forgets what was collected. */
  dispose(): void {
    tf.dispose([...this.#sums.values()]);
    this.#sums = new Map();
    this.#steps = 0;
  }
}
