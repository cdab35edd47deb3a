/** The trainer of GANs that make images from noise. `algorithm.ts` has the losses that a step minimises. */
import type * as tf from '@tensorflow/tfjs-core';
import {
  flag,
  optional,
  resolveOptions,
  satisfying,
  wholeNumber,
  withDefault,
} from '../../../core/options.js';
import { Random } from '../../../core/random.js';
import type { Images } from '../../../data/images.js';
import { singleBatches } from '../../../data/single.js';
import type { GAN } from '../../../models/gan.js';
import { checkedCallbacks, fitEntries, type FitOptions, type FitResult } from '../../engine/fit.js';
import { Trainer } from '../../engine/trainer.js';
import { drawsEntry } from '../given-draws.js';
import { gan } from './algorithm.js';
import { BalanceOfEnergies } from './balance.js';
import type { GANTrainingLosses } from './losses.js';
import {
  type GANTrainerOptions,
  type GANTrainerSettings,
  resolveGANTrainerOptions,
  ruleOf,
  trainerOptions,
} from './options.js';
import { checkLabels, checkStep, heldStep } from './step-images.js';

/** Options of `GANTrainer.trainStep`. */
export interface GANStepOptions {
  /** `cgan`, `acgan`: the class of each image, from 0. */
  labels?: ArrayLike<number>;
  /**
   * Random tensors by name, used instead of those that the step would draw, to repeat a step of another program: noise
   * `z-D-1` … `z-G` [B, latentSize]; one-hot rows `labels-G`, and `categorical-D-1` … `categorical-G` [B, classes]; codes
   * `continuous-D-1` … `continuous-G` [B, codes]; `alpha-1` … [B, 1, 1, 1] of `wgan-gp` and `u-1` … [B, H, W, C] of
   * `dragan`. B is the number of images of one update.
   */
  draws?: tf.NamedTensorMap;
}

/** Options of `GANTrainer.fit`. */
export interface GANFitOptions extends FitOptions<GANTrainingLosses> {
  /** `cgan`, `acgan`: the class of each image, from 0. The images must have an order: an array or a folder. */
  labels?: ArrayLike<number>;
  /**
   * Images in one update of the discriminator. A step uses this number of images for each such update.
   * @default 64
   */
  batchSize?: number;
  /**
   * Whether each epoch has a new random order.
   * @default true
   */
  shuffle?: boolean;
}

/** The result of `GANTrainer.fit`. */
export interface GANFitResult extends FitResult<GANTrainingLosses> {
  skipped: { images: string[] };
}

const labels = optional(
  satisfying<ArrayLike<number>>(
    (value) => Array.isArray(value) || ArrayBuffer.isView(value),
    'an array of one class for each image',
  ),
);
const stepEntries = {
  labels,
  draws: drawsEntry,
};
/** Schemas of {@link GANFitOptions}. */
export const ganFitEntries = {
  ...fitEntries,
  labels,
  batchSize: withDefault(wholeNumber(1), 64),
  shuffle: withDefault(flag(), true),
};

/**
 * Trains a {@link GAN}.
 *
 * @see [GANs from noise](../../../../docs/gans.md)
 * @see [GAN losses](../../../../docs/losses.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { GAN, GANTrainer } from 'ts-cyclegan';
 * const model = new GAN({ loss: 'lsgan', imageShape: [8, 8, 1], filters: 2, latentSize: 4, seed: 7 });
 * const trainer = new GANTrainer(model, { epochs: 2 });
 * const images = Array.from({ length: 8 }, (_, i) => tf.fill([8, 8, 1], i / 8));
 * const { history } = await trainer.fit(images, { batchSize: 4 });
 * console.log(history.D?.length, history.G?.length); // 2 2
 * console.log(trainer.step); // 4
 * trainer.dispose();
 * model.dispose();
 * tf.dispose(images);
 * ```
 */
export class GANTrainer extends Trainer<GAN, GANTrainingLosses, GANTrainerSettings> {
  /**
   * @param model a model that was built for the loss, or from networks of your own
   * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`, before anything is allocated
   */
  constructor(model: GAN, options: GANTrainerOptions = {}) {
    const settings = resolveGANTrainerOptions(model, options);
    const { loss, criticSteps, ema, seed } = settings;
    const optimizer = ruleOf(settings.optimizer);
    const balance = loss.balance && new BalanceOfEnergies(loss.balance.start);
    const groups = { generator: { optimizer, ema }, discriminator: { optimizer } };
    super(
      'GANTrainer',
      model,
      settings,
      new Random(seed),
      gan(model, { loss, criticSteps, groups, balance }),
    );
  }

  /**
   * Trains for one step: `criticSteps` updates of the discriminator, each on its own images and noise, then one update of the
   * generator. Calls during a step wait for its end. The tensors stay the caller's.
   *
   * A step that throws changes nothing: weights, optimizers, averages, BEGAN's k, counters and the random state stay as they were,
   * and no tensor leaks. The same applies to a step with a loss that is NaN or infinite; its losses are returned.
   *
   * @param images [H, W, C] or [n, H, W, C], float32 in [−1, 1]: the images of all updates of the discriminator, one after another
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`, `UNSUPPORTED`
   */
  async trainStep(
    images: tf.Tensor3D | tf.Tensor4D,
    options: GANStepOptions = {},
  ): Promise<GANTrainingLosses> {
    const where = 'GANTrainer.trainStep';
    this.checkReady('trainStep');
    const step = { images, ...resolveOptions(where, stepEntries, options) };
    const unseen = checkStep(where, this.model, step, this.settings);
    return await this.runStep('trainStep', heldStep(this.model, step), unseen);
  }

  /**
   * Trains for a number of epochs. A step uses `criticSteps · batchSize` images. The rest of the images, too few for a step, is not
   * shown in this epoch; the next epoch has a new order. Training resumes where the trainer stands, so the same call completes a
   * restored run.
   *
   * @param images a folder, an array, an (async) iterable, or a `tf.data.Dataset` of tensors
   * @returns the mean losses of each epoch, as from `tf.LayersModel.fit`, and the names of skipped images
   * @throws CycleGANError for invalid options and sources, and whatever `trainStep` and the callbacks throw
   */
  async fit(images: Images, options: GANFitOptions = {}): Promise<GANFitResult> {
    const where = 'GANTrainer.fit';
    this.checkReady('fit');
    const { labels, shuffle, batchSize, ...resolved } = resolveOptions(where, ganFitEntries, options);
    const { epochs, stepsPerEpoch } = resolved;
    checkLabels(where, this.model, labels, undefined);
    const size = batchSize * this.settings.criticSteps;
    const batches = singleBatches(images, { labels, shuffle, batchSize: size }, { where, whole: true });
    const callbacks = checkedCallbacks(where, resolved.callbacks);
    const step = async ({ images, labels }: tf.NamedTensorMap) =>
      await this.trainStep(images as tf.Tensor4D, labels && { labels: await labels.data() });
    const result = await this.fitEpochs(batches, { epochs, stepsPerEpoch, callbacks }, step);
    return result as GANFitResult;
  }

  override get options(): Readonly<Record<string, unknown>> {
    return trainerOptions(this.settings);
  }
}
