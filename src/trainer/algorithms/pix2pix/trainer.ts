/** The trainer of pix2pix. `algorithm.ts` has the losses that a step minimises. */
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
   * Whether each epoch has a new random order.
   * @default true
   */
  shuffle?: boolean;
}

/** The result of `Pix2PixTrainer.fit`. */
export interface Pix2PixFitResult extends FitResult<Pix2PixLosses> {
  /** Names of the images that could not be read. Both images of such a pair are skipped. */
  skipped: { input: string[]; target: string[] };
}

/** Schemas of {@link Pix2PixFitOptions}. */
export const pix2pixFitEntries = {
  ...fitEntries,
  batchSize: withDefault(wholeNumber(1), 1),
  shuffle: withDefault(flag(), true),
};

/**
 * Trains a {@link Pix2Pix}.
 *
 * @see [pix2pix](../../../../docs/pix2pix.md)
 * @see [A training step](../../../../docs/overview.md#a-training-step)
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
   * Changes loss weights from the next step on. States do not contain them: a resumed trainer uses the weights of its own
   * options.
   *
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  setLossWeights(weights: Partial<Pick<Pix2PixLossWeights, 'lambdaL1'>>): void {
    const loss = resolveLossWeights(this.settings.loss, weights);
    this.changeSettings({ loss }, this.#algorithmOf(loss));
  }

  /**
   * Trains for one step on a batch of pairs. The discriminator is updated first, then the generator, on the same fakes. Calls
   * during a step wait for its end. The tensors stay the caller's.
   *
   * A step that throws changes nothing: weights, optimizers, averages, counters and the random state stay as they were,
   * and no tensor leaks. The same applies to a step with a loss that is NaN or infinite; its losses are returned.
   *
   * @param input [H, W, C] or [B, H, W, C], float32 in [−1, 1], with a tolerance of 0.001
   * @param target the targets, of the same count and size, with the channels of the generator's output
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
   * Trains for a number of epochs. An epoch shows each pair once. Training resumes where the trainer stands, so the same call
   * completes a restored run.
   *
   * @param pairs a set of pairs, such as the result of `pairedFolder` of `ts-cyclegan/node`
   * @returns the mean losses of each epoch, as from `tf.LayersModel.fit`, and the names of skipped images
   * @throws CycleGANError for invalid options and sources, and whatever `trainStep` and the callbacks throw
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
