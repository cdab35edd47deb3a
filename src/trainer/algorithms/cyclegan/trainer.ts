/** The trainer of CycleGAN. `algorithm.ts` has the losses that a step minimises. */
import type * as tf from '@tensorflow/tfjs-core';
import { flag, oneOf, optional, resolveOptions, wholeNumber, withDefault } from '../../../core/options.js';
import { Random } from '../../../core/random.js';
import type { Images } from '../../../data/images.js';
import { unpairedBatches } from '../../../data/sampling.js';
import type { CycleGAN } from '../../../models/cyclegan.js';
import { adamRule } from '../../engine/adam.js';
import type { Algorithm } from '../../engine/algorithm.js';
import { checkedCallbacks, fitEntries, type FitOptions, type FitResult } from '../../engine/fit.js';
import { Trainer } from '../../engine/trainer.js';
import { heldBatch } from '../held-batch.js';
import { ImagePool } from '../image-pool.js';
import { cyclegan, type CycleGANLossWeights } from './algorithm.js';
import type { CycleGANLoss, CycleGANLosses } from './losses.js';
import {
  type CycleGANTrainerOptions,
  type CycleGANTrainerSettings,
  type LossWeights,
  resolveLossWeights,
  resolveTrainerOptions,
  trainerOptions,
} from './options.js';
import { checkStepImages } from './step-images.js';

/** Options of `CycleGANTrainer.fit`. */
export interface CycleGANFitOptions extends FitOptions<CycleGANLosses> {
  /**
   * Images of each domain in one step.
   * @default 1
   */
  batchSize?: number;
  /**
   * Whether an epoch is as long as the larger domain (`max`) or the smaller one (`min`).
   * @default pytorch: 'max'; keras: 'min'
   */
  length?: 'max' | 'min';
  /**
   * Whether each epoch has a new random order.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Whether image i of A is always shown with image i of B. PyTorch: `--serial_batches`.
   * @default false
   */
  serial?: boolean;
}

/** The result of `CycleGANTrainer.fit`. */
export interface CycleGANFitResult extends FitResult<CycleGANLosses> {
  /** Names of the images of each domain that could not be read and were skipped. */
  skipped: { a: string[]; b: string[] };
}

/** Schemas of {@link CycleGANFitOptions}. */
export const cycleGANFitEntries = {
  ...fitEntries,
  batchSize: withDefault(wholeNumber(1), 1),
  length: optional(oneOf('max', 'min')),
  shuffle: withDefault(flag(), true),
  serial: withDefault(flag(), false),
};

/**
 * Trains a {@link CycleGAN}.
 *
 * @see [A training step](../../../../docs/overview.md#a-training-step)
 * @see [Porting from PyTorch](../../../../docs/porting-from-pytorch.md)
 * @see [Porting from Keras](../../../../docs/porting-from-keras.md)
 * @see [Memory](../../../../docs/memory.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
 * const model = new CycleGAN({ inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, discriminatorLayers: 1, seed: 7 });
 * const trainer = new CycleGANTrainer(model, { epochs: 1 });
 * const horses = [tf.rand([16, 16, 3], () => 0.5)];
 * const zebras = [tf.rand([16, 16, 3], () => -0.5)];
 * const { history } = await trainer.fit(horses, zebras);
 * console.log(history.cycle_A); // the mean loss of each epoch
 * trainer.dispose();
 * model.dispose();
 * ```
 */
export class CycleGANTrainer extends Trainer<CycleGAN, CycleGANLosses, CycleGANTrainerSettings> {
  readonly #algorithmOf: (loss: CycleGANLossWeights) => Algorithm<CycleGANLoss>;

  /**
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, before anything is allocated
   */
  constructor(model: CycleGAN, options: CycleGANTrainerOptions = {}) {
    const settings = resolveTrainerOptions(model, options);
    const { loss, poolSize, augment, ema, seed } = settings;
    const random = new Random(seed);
    const pools = { A: new ImagePool(poolSize, random), B: new ImagePool(poolSize, random) };
    const training = { optimizer: adamRule(settings.adam), ema, augment };
    super('CycleGANTrainer', model, settings, random, cyclegan(model, loss, pools, training));
    this.#algorithmOf = (weights) => cyclegan(model, weights, pools, training);
  }

  /**
   * Changes loss weights from the next step on. States do not contain them: a resumed trainer uses the weights of its own
   * options.
   *
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  setLossWeights(weights: LossWeights): void {
    const loss = resolveLossWeights(
      'CycleGANTrainer.setLossWeights',
      this.model,
      this.settings.loss,
      weights,
    );
    this.changeSettings({ loss }, this.#algorithmOf(loss));
  }

  /**
   * Trains for one step on a batch of each domain. The generators are updated first, then the discriminators, on the fakes
   * that the generators made before their update. Calls during a step wait for its end. The tensors stay the caller's.
   *
   * A step that throws changes nothing: weights, optimizers, averages, pools, counters and the random state stay as they were,
   * and no tensor leaks. The same applies to a step with a loss that is NaN or infinite; its losses are returned.
   *
   * @param a images of A, [H, W, C] or [B, H, W, C], float32 in [−1, 1], with a tolerance of 0.001
   * @param b images of B, likewise
   * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `UNSUPPORTED`
   */
  async trainStep(a: tf.Tensor3D | tf.Tensor4D, b: tf.Tensor3D | tf.Tensor4D): Promise<CycleGANLosses> {
    this.checkReady('trainStep');
    const unseen = checkStepImages('CycleGANTrainer.trainStep', this.model, { a, b });
    return await this.runStep('trainStep', { a: heldBatch(a), b: heldBatch(b) }, unseen);
  }

  /**
   * Trains for a number of epochs. An epoch has max(|A|, |B|) steps in the convention `pytorch` and min(|A|, |B|) in `keras`,
   * divided by the batch size. Training resumes where the trainer stands, so the same call completes a restored run.
   *
   * @param a images of A: a folder, an array, an (async) iterable, or a `tf.data.Dataset` of tensors
   * @param b images of B, likewise
   * @returns the mean losses of each epoch, as from `tf.LayersModel.fit`, and the names of skipped images
   * @throws CycleGANError for invalid options and sources, and whatever `trainStep` and the callbacks throw
   */
  async fit(a: Images, b: Images, options: CycleGANFitOptions = {}): Promise<CycleGANFitResult> {
    const where = 'CycleGANTrainer.fit';
    this.checkReady('fit');
    const { batchSize, shuffle, serial, ...resolved } = resolveOptions(where, cycleGANFitEntries, options);
    const {
      length = this.settings.convention === 'pytorch' ? 'max' : 'min',
      epochs,
      stepsPerEpoch,
    } = resolved;
    const batches = unpairedBatches(a, b, { length, shuffle, serial, batchSize }, where);
    const callbacks = checkedCallbacks(where, resolved.callbacks);
    const step = async ({ a, b }: tf.NamedTensorMap) =>
      await this.trainStep(a as tf.Tensor4D, b as tf.Tensor4D);
    const result = await this.fitEpochs(batches, { epochs, stepsPerEpoch, callbacks }, step);
    return result as CycleGANFitResult;
  }

  override get options(): Readonly<Record<string, unknown>> {
    return trainerOptions(this.settings);
  }
}
