/** A network that is trained: its optimizer, collected gradients and average, and one way to update it. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { constrain } from '../../layers/networks.js';
import type { Group } from './algorithm.js';
import { GradientAccumulator, type GradientAccumulatorState } from './gradient-accumulator.js';
import { MovingAverage } from './moving-average.js';
import { NetworkOptimizer, type NetworkOptimizerState } from './network-optimizer.js';
import { beginAll, type Transaction, type Transactional } from './transaction.js';

/** Plain data: what updates of a network depend on, by weight. */
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

/** Tensors of {@link UpdateScalars} in one list. */
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

  /** The scalars of the next update, which counts as done. They are the caller's. */
  scalars(learningRate: number): UpdateScalars {
    return { optimizer: this.optimizer.scalars(learningRate), share: this.average?.nextShare() };
  }

  /** Changes weights, slots and averages: kernels and nothing else. */
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

  /** Takes gradients over. @returns those to update with, the caller's, when enough have come */
  accumulate(gradients: readonly tf.Tensor[]): tf.Tensor[] | undefined {
    const names = this.optimizer.trainedNames;
    return this.#accumulator.add(new Map(gradients.map((gradient, i) => [names[i]!, gradient])));
  }

  /** The state, but for the average's. Reading starts at once. */
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
