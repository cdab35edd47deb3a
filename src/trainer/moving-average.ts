/**
 * An exponential moving average of a network's weights. The weights of a GAN swing from step to step;
 * their average does not, and makes the better pictures (Yazıcı et al. 2019).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { decayRate, resolveOptions, withDefault } from '../core/options.js';
import { keptTensor, shapeDifference, tensorData, type TensorData } from './tensor-data.js';

export interface MovingAverageOptions {
  /**
   * Share of the average that stays at each update; 0.999 looks back over about 1,000 steps.
   * @default 0.999
   */
  decay?: number;
}

/** Plain data: the averages in the order of `network.weights`. */
export interface MovingAverageState {
  weights: TensorData[];
}

const entries = { decay: withDefault(decayRate(), 0.999) };

/** The variables of a network: what is trained is averaged, the rest (running statistics) is copied. */
function variablesOf(network: LayersModel): { variable: tf.Variable; trained: boolean }[] {
  return network.weights.map((w) => ({ variable: w.read() as tf.Variable, trained: w.trainable }));
}

/**
 * The average of a network's weights, which starts at the present ones and holds tensors of its own.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { MovingAverage, resnetGenerator } from 'ts-cyclegan';
 * const network = resnetGenerator({ filters: 2, residualBlocks: 1 });
 * const average = new MovingAverage(network);
 * average.update(); // after every training step
 * await average.during(() => network.predict(tf.zeros([1, 8, 8, 3])));
 * ```
 */
export class MovingAverage {
  readonly #network: LayersModel;
  readonly #decay: number;
  #averages: tf.Tensor[];

  constructor(network: LayersModel, options: MovingAverageOptions = {}) {
    this.#decay = resolveOptions('MovingAverage', entries, options).decay;
    this.#network = network;
    this.#averages = variablesOf(network).map(({ variable }) => tf.keep(tf.clone(variable)));
  }

  /** Takes in the weights as they are now: average ← average + (1 − decay)·(weight − average). */
  update(): void {
    const old = this.#averages;
    tf.tidy(() => {
      const share = tf.scalar(1 - this.#decay);
      this.#averages = variablesOf(this.#network).map(({ variable, trained }, i) => {
        if (!trained) return tf.keep(tf.clone(variable));
        return tf.keep(tf.add(old[i]!, tf.mul(tf.sub(variable, old[i]!), share)));
      });
    });
    tf.dispose(old);
  }

  /**
   * Gives the network the averaged weights while `use` runs (to predict, to save), and its own ones
   * back after, also when it throws. No training meanwhile.
   */
  async during<T>(use: () => T | Promise<T>): Promise<T> {
    const variables = variablesOf(this.#network).map(({ variable }) => variable);
    const own = variables.map((variable) => tf.keep(tf.clone(variable)));
    try {
      this.copyTo(this.#network);
      return await use();
    } finally {
      variables.forEach((variable, i) => variable.assign(own[i]!));
      tf.dispose(own);
    }
  }

  /** Sets the weights of `network`, built like the averaged one, to the averages. */
  copyTo(network: LayersModel): void {
    variablesOf(network).forEach(({ variable }, i) => variable.assign(this.#averages[i]!));
  }

  async state(): Promise<MovingAverageState> {
    return { weights: await Promise.all(this.#averages.map(tensorData)) };
  }

  /**
   * Goes on from a {@link state}.
   *
   * @throws CycleGANError `INVALID_STATE` for the weights of another network
   */
  restore(state: MovingAverageState): void {
    const difference = shapeDifference(this.#averages, state.weights);
    if (difference !== undefined) {
      throw new CycleGANError(
        'INVALID_STATE',
        `MovingAverage.restore: ${difference}. Use the state of a network with the same options.`,
      );
    }
    this.dispose();
    this.#averages = state.weights.map(keptTensor);
  }

  dispose(): void {
    tf.dispose(this.#averages);
    this.#averages = [];
  }
}
