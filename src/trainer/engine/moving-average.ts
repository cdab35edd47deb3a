/**
 * An exponential moving average of a network's weights. The weights of a GAN swing from step to step;
 * their average does not, and makes the better pictures (Yazıcı et al. 2019).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../../core/errors.js';
import { shareBelowOne, resolveOptions, withDefault } from '../../core/options.js';
import { namedWeights, weightsOf } from '../../layers/networks.js';
import { averageState, checkForm } from './state-form.js';
import {
  assignAll,
  namedDifference,
  shapeDifference,
  namedTensorData,
  type NamedTensorData,
} from './tensor-data.js';
import { holdingVariables, type Transaction } from './transaction.js';

/** Options of {@link MovingAverage}. */
export interface MovingAverageOptions {
  /**
   * Share of the average that stays at each update; 0.999 looks back over about 1,000 steps. The first
   * updates use less, (1 + n)/(10 + n) before update n, so that the initial weights are soon forgotten.
   * @default 0.999
   */
  decay?: number;
}

/** Plain data: an average. */
export interface MovingAverageState {
  /** Updates so far. */
  updates: number;
  /** By the name of the weight. */
  weights: NamedTensorData;
}

/** Sets weights, all or none. */
function write(weights: readonly LayerVariable[], values: readonly tf.Tensor[]): void {
  const difference = shapeDifference(
    weights.map((weight) => weight.read()),
    values,
  );
  if (difference !== undefined) {
    throw new CycleGANError('INVALID_MODEL', `MovingAverage: the networks differ: ${difference}.`);
  }
  for (const [i, weight] of weights.entries()) weight.write(values[i]!);
}

const entries = { decay: withDefault(shareBelowOne(), 0.999) };

/** The same numbers in memory of their own. */
const copyOf = (t: tf.Tensor): tf.Tensor => tf.add(t, 0);

/**
 * The average of a network's weights, which starts at the present ones and holds tensors of its own.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { MovingAverage, resnetGenerator } from 'ts-cyclegan';
 * const network = resnetGenerator({ inputShape: [8, 8, 3], filters: 2, residualBlocks: 1 });
 * const average = new MovingAverage(network);
 * average.update(); // after every training step
 * const picture = await average.during(() => network.predict(tf.zeros([1, 8, 8, 3])));
 * ```
 */
export class MovingAverage {
  readonly #network: LayersModel;
  readonly #decay: number;
  readonly #weights: readonly LayerVariable[];
  readonly #averages: tf.Variable[];
  #updates = 0;

  constructor(network: LayersModel, options: MovingAverageOptions = {}) {
    this.#decay = resolveOptions('MovingAverage', entries, options).decay;
    this.#network = network;
    this.#weights = weightsOf(network);
    this.#averages = tf.tidy(() => this.#weights.map((w) => tf.variable(copyOf(w.read()), false)));
  }

  /** Takes in the weights as they are now: average ← average + (1 − decay)·(weight − average). */
  update(): void {
    tf.tidy(() => {
      this.take(this.nextShare());
    });
  }

  /**
   * The variables that hold the averages.
   *
   * @internal
   */
  get variables(): readonly tf.Variable[] {
    return this.#averages;
  }

  /**
   * 1 − decay of the next update, which counts as done. The tensor is the caller's.
   *
   * @internal
   */
  nextShare(): tf.Scalar {
    const n = this.#updates++;
    return tf.scalar(1 - Math.min(this.#decay, (1 + n) / (10 + n)));
  }

  /**
   * The update itself, kernels and nothing else.
   *
   * @internal
   */
  take(share: tf.Scalar): void {
    tf.tidy(() => {
      this.#weights.forEach((weight, i) => {
        const [average, now] = [this.#averages[i]!, weight.read()];
        // What is not trained, running statistics say, is copied.
        if (weight.trainable) average.assign(tf.add(average, tf.mul(tf.sub(now, average), share)));
        else average.assign(copyOf(now));
      });
    });
  }

  /**
   * Gives the network the averaged weights while `use` runs (to predict, to save), and its own ones
   * back after, also when it throws. No training meanwhile.
   */
  async during<T>(use: () => T | Promise<T>): Promise<T> {
    const own = this.#weights.map((weight) => tf.keep(tf.clone(weight.read())));
    try {
      this.copyTo(this.#network);
      return await use();
    } finally {
      write(this.#weights, own);
      tf.dispose(own);
    }
  }

  /** Sets the weights of `network`, built like the averaged one, to the averages. */
  copyTo(network: LayersModel): void {
    write(weightsOf(network), this.#averages);
  }

  /** Copies of the averages. */
  async state(): Promise<MovingAverageState> {
    return { updates: this.#updates, weights: await namedTensorData(this.#named) };
  }

  get #named(): [string, tf.Variable][] {
    return [...namedWeights(this.#network).keys()].map((name, i) => [name, this.#averages[i]!]);
  }

  /**
   * Resumes from a {@link MovingAverage.state}.
   *
   * @throws CycleGANError `INVALID_STATE` for damaged weights, and for those of another network
   */
  restore(state: MovingAverageState): void {
    checkForm('MovingAverage.restore', averageState, state);
    const difference = namedDifference(Object.fromEntries(this.#named), state.weights);
    if (difference !== undefined) {
      throw new CycleGANError(
        'INVALID_STATE',
        `MovingAverage.restore: ${difference}. Use the state of a network with the same options.`,
      );
    }
    assignAll(
      this.#averages,
      this.#named.map(([name]) => state.weights[name]!),
    );
    this.#updates = state.updates;
  }

  /**
   * Remembers the averages.
   *
   * @internal
   */
  begin(): Transaction {
    const updates = this.#updates;
    const { commit, rollback } = holdingVariables(this.#averages);
    return {
      commit,
      rollback: () => {
        this.#updates = updates;
        rollback();
      },
    };
  }

  /** Frees the averages; the network is not touched. */
  dispose(): void {
    tf.dispose(this.#averages);
  }
}
