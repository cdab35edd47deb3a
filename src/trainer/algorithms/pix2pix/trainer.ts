/** Trains a pix2pix. What a step minimises is in `algorithm.ts`. */
import type * as tf from '@tensorflow/tfjs-core';
import { flag, resolveOptions, wholeNumber, withDefault } from '../../../core/options.js';
import { Random } from '../../../core/random.js';
import type { Images } from '../../../data/images.js';
import { pairedBatches } from '../../../data/paired.js';
import { isPairSource, type PairSource } from '../../../data/pairs.js';
import type { Pix2Pix } from '../../../models/pix2pix.js';
import { adamRule } from '../../engine/adam.js';
import type { Algorithm } from '../../engine/algorithm.js';
import { checkedCallbacks, fitEntries, type FitOptions, type FitResult } from '../../engine/fit.js';
import { Trainer } from '../../engine/trainer.js';
import { heldBatch } from '../held-batch.js';
import { pix2pix, type Pix2PixLossWeights } from './algorithm.js';
import type { Pix2PixLoss, Pix2PixLosses } from './losses.js';
import {
  type Pix2PixTrainerOptions,
  type Pix2PixTrainerSettings,
  resolveLossWeights,
  resolveTrainerOptions,
  trainerOptions,
} from './options.js';
import { checkStepPair } from './step-pair.js';

/** Options of `Pix2PixTrainer.fit`. */
export interface Pix2PixFitOptions extends FitOptions<Pix2PixLosses> {
  /**
   * Pairs in a step.
   * @default 1
   */
  batchSize?: number;
  /**
   * Whether to draw the order anew in each epoch.
   * @default true
   */
  shuffle?: boolean;
}

/** What `Pix2PixTrainer.fit` returns. */
export interface Pix2PixFitResult extends FitResult<Pix2PixLosses> {
  /** A pair is left out as a whole. */
  skipped: { input: string[]; target: string[] };
}

/** Schemas of {@link Pix2PixFitOptions}. */
export const pix2pixFitEntries = {
  ...fitEntries,
  batchSize: withDefault(wholeNumber(1), 1),
  shuffle: withDefault(flag(), true),
};

/**
 * A trainer of one pix2pix.
 *
 * @see [pix2pix](../../../../docs/pix2pix.md)
 * @see [The way of a training step](../../../../docs/overview.md#a-training-step)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { Pix2Pix, Pix2PixTrainer } from 'ts-cyclegan';
 * const model = new Pix2Pix({ inputShape: [32, 32, 1], outputChannels: 3, levels: 5, filters: 2, discriminatorLayers: 1 });
 * const trainer = new Pix2PixTrainer(model, { epochs: 1 });
 * const drawings = [tf.rand([32, 32, 1], () => 0.5)];
 * const paintings = [tf.rand([32, 32, 3], () => -0.5)];
 * const { history } = await trainer.fit(drawings, paintings);
 * console.log(history.G_L1); // the mean of each epoch
 * trainer.dispose();
 * model.dispose();
 * ```
 */
export class Pix2PixTrainer extends Trainer<Pix2Pix, Pix2PixLosses, Pix2PixTrainerSettings> {
  readonly #algorithmOf: (loss: Pix2PixLossWeights) => Algorithm<Pix2PixLoss>;

  /**
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, before anything is allocated
   */
  constructor(model: Pix2Pix, options: Pix2PixTrainerOptions = {}) {
    const settings = resolveTrainerOptions(model, options);
    const { loss, adam, ema, seed } = settings;
    const training = { optimizer: adamRule(adam), ema };
    super('Pix2PixTrainer', model, settings, new Random(seed), pix2pix(model, loss, training));
    this.#algorithmOf = (weights) => pix2pix(model, weights, training);
  }

  /**
   * Changes weights of the losses from the next step on. States do not hold them: a trainer that resumes has the weights of its
   * own options.
   *
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  setLossWeights(weights: Partial<Pick<Pix2PixLossWeights, 'lambdaL1'>>): void {
    const loss = resolveLossWeights(this.settings.loss, weights);
    this.changeSettings({ loss }, this.#algorithmOf(loss));
  }

  /**
   * One step on a batch of pairs: the discriminator's update, then the generator's, with the updated discriminator and the
   * same fakes. A call during a step waits for its end. The tensors stay the caller's.
   *
   * A step that throws changes nothing: weights, optimizers, averages, counters and the random state are as before,
   * and no tensor is left behind. The same holds for a step with a loss that is NaN or infinite; its losses are returned.
   *
   * @param input [H, W, C] or [B, H, W, C], float32 in [−1, 1]; a thousandth more is taken for rounding
   * @param target as many images of the same size, with the channels that the generator gives
   * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `UNSUPPORTED`, `DISPOSED`
   */
  async trainStep(
    input: tf.Tensor3D | tf.Tensor4D,
    target: tf.Tensor3D | tf.Tensor4D,
  ): Promise<Pix2PixLosses> {
    this.checkReady('trainStep');
    const unseen = checkStepPair('Pix2PixTrainer.trainStep', this.model, { input, target });
    return await this.runStep('trainStep', { input: heldBatch(input), target: heldBatch(target) }, unseen);
  }

  /**
   * Trains for epochs, each of which shows every pair once. Resumes where the trainer stands, so a run that was restored is
   * finished by the same call.
   *
   * @param pairs a set of pairs, such as `pairedFolder` of `ts-cyclegan/node` opens
   * @returns the mean losses of each epoch, as `tf.LayersModel.fit` does, and which images were left out
   * @throws CycleGANError for bad options and sources, and whatever `trainStep` and the callbacks throw
   */
  async fit(pairs: PairSource, options?: Pix2PixFitOptions): Promise<Pix2PixFitResult>;
  /**
   * Trains on two sets of images in the same order.
   *
   * @param input a folder, an array, an (async) iterable, or a `tf.data.Dataset` of tensors
   * @param target image i belongs to image i of `input`
   */
  async fit(input: Images, target: Images, options?: Pix2PixFitOptions): Promise<Pix2PixFitResult>;
  async fit(first: Images | PairSource, ...rest: unknown[]): Promise<Pix2PixFitResult> {
    const where = 'Pix2PixTrainer.fit';
    this.checkReady('fit');
    const [target, options] = isPairSource(first) && rest.length < 2 ? [undefined, ...rest] : rest;
    const { batchSize, shuffle, epochs, stepsPerEpoch, ...resolved } = resolveOptions(
      where,
      pix2pixFitEntries,
      options ?? {},
    );
    const batches = pairedBatches(first, target as Images | undefined, { batchSize, shuffle }, where);
    const callbacks = checkedCallbacks(where, resolved.callbacks);
    const step = async ({ input, target }: tf.NamedTensorMap) =>
      await this.trainStep(input as tf.Tensor4D, target as tf.Tensor4D);
    const result = await this.fitEpochs(batches, { epochs, stepsPerEpoch, callbacks }, step);
    return result as Pix2PixFitResult;
  }

  override get options(): Readonly<Record<string, unknown>> {
    return trainerOptions(this.settings);
  }
}
