/**
 * One side of the game, generators or discriminators: their variables, their Adam, their gradients.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { constrain, trainableVariables } from '../models/networks.js';
import { Adam, type AdamNumbers, type AdamOptions, type AdamState } from './adam.js';
import { GradientAccumulator, type GradientAccumulatorState } from './gradient-accumulator.js';
import { shapeDifference } from './tensor-data.js';

/** What one side of the game needs to go on, as plain data. */
export interface PlayerState {
  adam: AdamState;
  accumulated: GradientAccumulatorState;
}

/** Variables that one optimizer trains. */
export class Player {
  readonly variables: readonly tf.Variable[];
  readonly #weights: readonly LayerVariable[];
  readonly #accumulate: number;
  readonly #adam: Adam;
  readonly #accumulator: GradientAccumulator;

  constructor(networks: readonly LayersModel[], adam: AdamOptions, accumulate: number) {
    this.#weights = networks.flatMap((network) => network.trainableWeights);
    this.variables = trainableVariables(...networks);
    this.#accumulate = accumulate;
    this.#adam = new Adam(adam);
    this.#accumulator = new GradientAccumulator(accumulate);
  }

  /** Takes gradients over, and updates the variables when enough of them have come: then returns true. */
  learn(gradients: tf.Tensor[], learningRate: number): boolean {
    const averages = this.#accumulator.add(gradients);
    if (averages === undefined) return false;
    try {
      this.#adam.step(this.variables, averages, learningRate);
    } finally {
      tf.dispose(averages);
    }
    constrain(this.#weights);
    return true;
  }

  /** The optimizer's variables. */
  get slots(): tf.Variable[] {
    return this.#adam.slots(this.variables);
  }

  /** What the next {@link Player.update} takes; the caller's. */
  numbers(learningRate: number): AdamNumbers {
    return this.#adam.numbers(learningRate);
  }

  /** What `learn` does where every step's gradients are used at once: kernels and nothing else. */
  update(gradients: readonly tf.Tensor[], numbers: AdamNumbers): void {
    this.#adam.update(this.variables, gradients, numbers);
    constrain(this.#weights);
  }

  async state(): Promise<PlayerState> {
    const [adam, accumulated] = await Promise.all([this.#adam.state(), this.#accumulator.state()]);
    return { adam, accumulated };
  }

  /** Throws `INVALID_STATE` where a state does not fit the variables. */
  check(where: string, { adam, accumulated }: PlayerState): void {
    const lists = [adam.slots.map(({ m }) => m), adam.slots.map(({ v }) => v), accumulated.sums];
    if (accumulated.steps >= this.#accumulate) {
      throw new CycleGANError(
        'INVALID_STATE',
        `${where}: the state holds gradients of ${accumulated.steps} steps, this trainer updates after ` +
          `${this.#accumulate}. Use the same option "accumulate".`,
      );
    }
    for (const list of lists.filter((list) => list.length > 0)) {
      const difference = shapeDifference(this.variables, list);
      if (difference !== undefined) throw new CycleGANError('INVALID_STATE', `${where}: ${difference}.`);
    }
  }

  restore({ adam, accumulated }: PlayerState): void {
    this.#adam.restore(adam);
    this.#accumulator.restore(accumulated);
  }

  dispose(): void {
    this.#adam.dispose();
    this.#accumulator.dispose();
  }
}
