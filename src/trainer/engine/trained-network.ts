/** A network that is trained, with its optimizer, accumulated gradients and average. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { constrain } from '../../layers/networks.js';
import type { Group } from './algorithm.js';
import { GradientAccumulator, type GradientAccumulatorState } from './gradient-accumulator.js';
import { MovingAverage } from './moving-average.js';
import { NetworkOptimizer, type NetworkOptimizerState } from './network-optimizer.js';
import { beginAll, type Transaction, type Transactional } from './transaction.js';

/** Optimizer and accumulated gradients of a network, by weight, as plain data. */
export interface TrainedNetworkState {
  optimizer: NetworkOptimizerState;
  accumulated: GradientAccumulatorState;
}

/** The scalar tensors of one update of a network. */
export interface UpdateScalars {
  readonly optimizer: readonly tf.NamedTensorMap[];
  /** 1 − decay of the moving average. */
  readonly share: tf.Scalar | undefined;
}

/** The tensors of {@link UpdateScalars} as a list. */
export const tensorsOf = ({ optimizer, share }: UpdateScalars): tf.Tensor[] => [
  ...optimizer.flatMap((each) => Object.values(each)),
  ...(share === undefined ? [] : [share]),
];

export class TrainedNetwork implements Transactional {
  readonly optimizer: NetworkOptimizer;
  readonly average: MovingAverage | undefined;
  readonly #clip: number | undefined;
  readonly #accumulator: GradientAccumulator;

  constructor(
    readonly network: LayersModel,
    { optimizer, ema = 0, clip }: Group,
    accumulate: number,
  ) {
    this.optimizer = new NetworkOptimizer(network, optimizer);
    this.average = ema > 0 ? new MovingAverage(network, { decay: ema }) : undefined;
    this.#clip = clip;
    this.#accumulator = new GradientAccumulator(accumulate);
  }

  /** All variables that {@link TrainedNetwork.update} reads or assigns. */
  get variables(): tf.Variable[] {
    return [...this.optimizer.variables, ...(this.average?.variables ?? [])];
  }

  /** Returns the scalars of the next update and counts the update. The caller owns the tensors. */
  scalars(learningRate: number): UpdateScalars {
    return { optimizer: this.optimizer.scalars(learningRate), share: this.average?.nextShare() };
  }

  /** Updates weights, slots and averages. It consists of kernels only, so it can be captured. */
  update(gradients: readonly tf.Tensor[], { optimizer, share }: UpdateScalars): void {
    this.optimizer.update(gradients, optimizer);
    constrain(this.network.trainableWeights);
    const clip = this.#clip;
    if (clip !== undefined) {
      tf.tidy(() => {
        for (const w of this.optimizer.trained) w.assign(tf.clipByValue(w, -clip, clip));
      });
    }
    if (share !== undefined) this.average!.take(share);
  }

  /**
   * Adds the gradients of a step, and takes ownership of them.
   *
   * @returns the gradients to update with, which the caller owns, once enough steps are accumulated
   */
  accumulate(gradients: readonly tf.Tensor[]): tf.Tensor[] | undefined {
    const names = this.optimizer.trainedNames;
    return this.#accumulator.add(new Map(gradients.map((gradient, i) => [names[i]!, gradient])));
  }

  /** Returns the state without the average. Reads start at once. */
  async state(): Promise<TrainedNetworkState> {
    const [optimizer, accumulated] = await Promise.all([this.optimizer.state(), this.#accumulator.state()]);
    return { optimizer, accumulated };
  }

  /** Resumes from a checked state. */
  restore({ optimizer, accumulated }: TrainedNetworkState): void {
    this.optimizer.restore(optimizer);
    this.#accumulator.restore(accumulated);
  }

  begin(): Transaction {
    return beginAll([this.optimizer, this.#accumulator, ...(this.average ? [this.average] : [])]);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.#accumulator.dispose();
    this.average?.dispose();
  }
}
