/** Averages the gradients of several steps, for one update as if of a larger batch. */
import * as tf from '@tensorflow/tfjs-core';
import { keptTensors, tensorData, type TensorData } from './tensor-data.js';
import { holding, type Transaction, type Transactional } from './transaction.js';

/** Plain data: the sums so far, and how many steps are in them. */
export interface GradientAccumulatorState {
  steps: number;
  sums: TensorData[];
}

/** Collects gradients over `every` steps. */
export class GradientAccumulator implements Transactional {
  readonly #every: number;
  #steps = 0;
  #sums: tf.Tensor[] = [];

  constructor(every: number) {
    this.#every = every;
  }

  /**
   * Takes the gradients of one step over. Gives the averages, the caller's, at every `every`-th call, and
   * nothing else.
   */
  add(gradients: tf.Tensor[]): tf.Tensor[] | undefined {
    if (this.#every === 1) return gradients;
    const before = this.#sums;
    this.#sums =
      this.#steps === 0
        ? gradients.map((g) => tf.keep(g))
        : gradients.map((g, i) => tf.keep(tf.add(before[i]!, g)));
    if (this.#steps > 0) tf.dispose([...before, ...gradients]);
    this.#steps += 1;
    if (this.#steps < this.#every) return undefined;
    const averages = this.#sums.map((sum) => tf.div(sum, this.#every));
    this.dispose();
    return averages;
  }

  async state(): Promise<GradientAccumulatorState> {
    return { steps: this.#steps, sums: await Promise.all(this.#sums.map(tensorData)) };
  }

  restore(state: GradientAccumulatorState): void {
    const sums = keptTensors(state.sums);
    this.dispose();
    [this.#steps, this.#sums] = [state.steps, sums];
  }

  /** Remembers what was collected. */
  begin(): Transaction {
    const steps = this.#steps;
    return holding(this.#sums, (held) => {
      this.dispose();
      [this.#steps, this.#sums] = [steps, held];
    });
  }

  /** Forgets what was collected. */
  dispose(): void {
    tf.dispose(this.#sums);
    this.#sums = [];
    this.#steps = 0;
  }
}
