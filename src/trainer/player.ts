/**
 * One side of the game, generators or discriminators: their variables, their optimizers, their gradients.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { allVariables, constrain, trainableVariables } from '../models/networks.js';
import { Adam, type AdamNumbers, type AdamOptions, type AdamState } from './adam.js';
import { GradientAccumulator, type GradientAccumulatorState } from './gradient-accumulator.js';
import { shapeDifference } from './tensor-data.js';
import { beginAll, type Transaction, type Transactional } from './transaction.js';

/** What one side of the game needs to go on, as plain data. */
export interface PlayerState {
  adam: AdamState;
  accumulated: GradientAccumulatorState;
}

/** One network of a side, with the optimizer that trains it: networks can be updated apart. */
export class Learner {
  readonly variables: readonly tf.Variable[];
  readonly #network: LayersModel;
  readonly adam: Adam;

  constructor(network: LayersModel, adam: AdamOptions) {
    this.#network = network;
    this.variables = trainableVariables(network);
    this.adam = new Adam(adam);
  }

  /** The network's variables and the optimizer's. */
  get all(): tf.Variable[] {
    return [...allVariables(this.#network), ...this.adam.slots(this.variables)];
  }

  /** What the next {@link Learner.update} takes; the caller's. */
  numbers(learningRate: number): AdamNumbers {
    return this.adam.numbers(learningRate);
  }

  /** One step, kernels and nothing else. Disposes of the gradients. */
  update(gradients: readonly tf.Tensor[], numbers: AdamNumbers): void {
    this.adam.update(this.variables, gradients, numbers);
    this.constrain();
    tf.dispose(gradients as tf.Tensor[]);
  }

  constrain(): void {
    constrain(this.#network.trainableWeights);
  }
}

/** The networks of a side, and the gradients that are collected for them. */
export class Player implements Transactional {
  readonly learners: readonly Learner[];
  readonly #accumulate: number;
  readonly #accumulator: GradientAccumulator;

  constructor(networks: readonly LayersModel[], adam: AdamOptions, accumulate: number) {
    this.learners = networks.map((network) => new Learner(network, adam));
    this.#accumulate = accumulate;
    this.#accumulator = new GradientAccumulator(accumulate);
  }

  get variables(): tf.Variable[] {
    return this.learners.flatMap(({ variables }) => variables);
  }

  /** Takes gradients over, and updates the variables when enough of them have come: then returns true. */
  learn(gradients: tf.Tensor[], learningRate: number): boolean {
    const averages = this.#accumulator.add(gradients);
    if (averages === undefined) return false;
    try {
      this.#split(averages).forEach((own, i) => {
        const { adam, variables } = this.learners[i]!;
        adam.step(variables, own, learningRate);
      });
    } finally {
      tf.dispose(averages);
    }
    for (const learner of this.learners) learner.constrain();
    return true;
  }

  /** By network. */
  #split<T>(list: readonly T[]): T[][] {
    let from = 0;
    return this.learners.map(({ variables }) => list.slice(from, (from += variables.length)));
  }

  async state(): Promise<PlayerState> {
    const [accumulated, ...states] = await Promise.all([
      this.#accumulator.state(),
      ...this.learners.map(({ adam }) => adam.state()),
    ]);
    const adam = { steps: states[0]!.steps, slots: states.flatMap(({ slots }) => slots) };
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
    if ((accumulated.steps === 0) !== (accumulated.sums.length === 0)) {
      throw new CycleGANError(
        'INVALID_STATE',
        `${where}: the state holds ${accumulated.sums.length} sums of the gradients of ${accumulated.steps} steps.`,
      );
    }
    for (const list of lists.filter((list) => list.length > 0)) {
      const difference = shapeDifference(this.variables, list);
      if (difference !== undefined) throw new CycleGANError('INVALID_STATE', `${where}: ${difference}.`);
    }
  }

  restore({ adam, accumulated }: PlayerState): void {
    const slots = adam.slots.length > 0 ? this.#split(adam.slots) : [];
    this.learners.forEach((learner, i) => {
      learner.adam.restore({ steps: adam.steps, slots: slots[i] ?? [] });
    });
    this.#accumulator.restore(accumulated);
  }

  /** Remembers optimizers and collected gradients; the networks' variables are the trainer's to hold. */
  begin(): Transaction {
    return beginAll([...this.learners.map(({ adam }) => adam), this.#accumulator]);
  }

  dispose(): void {
    for (const { adam } of this.learners) adam.dispose();
    this.#accumulator.dispose();
  }
}
