/**
 * An exponential moving average of a network's weights. The weights of a GAN oscillate from step to step. Their average is
 * more stable and gives better images (Yazıcı et al. 2019).
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
   * The share of the average that each update keeps; 0.999 averages over about 1,000 steps. The first updates use at most
   * (1 + n)/(10 + n), where n is the number of earlier updates, so the initial weights soon lose influence.
   * @default 0.999
   */
  decay?: number;
}

/** An average, as plain data. */
export interface MovingAverageState {
  /** Number of updates. */
  updates: number;
  /** The averages, by the name of the weight. */
  weights: NamedTensorData;
}

/** Sets all weights, or none if a shape differs. */
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

/** The same values in new memory. */
const copyOf = (t: tf.Tensor): tf.Tensor => tf.add(t, 0);

/**
 * The moving average of a network's weights. It starts with the present weights, and owns its tensors.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { MovingAverage, resnetGenerator } from 'ts-cyclegan';
 * const network = resnetGenerator({ inputShape: [8, 8, 3], filters: 2, residualBlocks: 1 });
 * const average = new MovingAverage(network);
 * average.update(); // after every training step
 * const image = await average.during(() => network.predict(tf.zeros([1, 8, 8, 3])));
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

  /** Updates the average with the present weights: average ← average + (1 − decay)·(weight − average). */
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
   * Returns 1 − decay for the next update and counts the update. The caller owns the tensor.
   *
   * @internal
   */
  nextShare(): tf.Scalar {
    const n = this.#updates++;
    return tf.scalar(1 - Math.min(this.#decay, (1 + n) / (10 + n)));
  }

  /**
   * Runs the update. It consists of kernels only, so it can be captured.
   *
   * @internal
   */
  take(share: tf.Scalar): void {
    tf.tidy(() => {
      this.#weights.forEach((weight, i) => {
        const [average, now] = [this.#averages[i]!, weight.read()];
        // weights that are not trained, such as running statistics, are copied
        if (weight.trainable) average.assign(tf.add(average, tf.mul(tf.sub(now, average), share)));
        else average.assign(copyOf(now));
      });
    });
  }

  /**
   * Runs `use`, for example to predict or save, while the network has the averaged weights. The network gets its own weights
   * back afterwards, also if `use` throws. Do not train in the meantime.
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

  /** Copies the averages to another network of the same structure. */
  copyTo(network: LayersModel): void {
    write(weightsOf(network), this.#averages);
  }

  /** Returns copies of the averages. */
  async state(): Promise<MovingAverageState> {
    return { updates: this.#updates, weights: await namedTensorData(this.#named) };
  }

  get #named(): [string, tf.Variable][] {
    return [...namedWeights(this.#network).keys()].map((name, i) => [name, this.#averages[i]!]);
  }

  /**
   * Resumes from the result of {@link MovingAverage.state}.
   *
   * @throws CycleGANError `INVALID_STATE` for damaged weights, or weights of another network
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
   * Begins a transaction of the averages.
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

  /** Frees the averages. The network is not changed. */
  dispose(): void {
    tf.dispose(this.#averages);
  }
}
