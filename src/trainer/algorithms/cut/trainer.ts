/** The trainer of CUT. `algorithm.ts` has the losses that a step minimises. */
import * as tf from '@tensorflow/tfjs-core';
import { flag, oneOf, resolveOptions, wholeNumber, withDefault } from '../../../core/options.js';
import { Random } from '../../../core/random.js';
import type { Images } from '../../../data/images.js';
import { unpairedBatches } from '../../../data/sampling.js';
import type { CUT } from '../../../models/cut.js';
import { adamRule } from '../../engine/adam.js';
import type { Algorithm } from '../../engine/algorithm.js';
import { checkedCallbacks, fitEntries, type FitOptions, type FitResult } from '../../engine/fit.js';
import { Trainer } from '../../engine/trainer.js';
import { drawsEntry } from '../given-draws.js';
import { heldBatch } from '../held-batch.js';
import { cut, type CUTLossWeights } from './algorithm.js';
import type { CUTLoss, CUTLosses } from './losses.js';
import {
  type CUTTrainerOptions,
  type CUTTrainerSettings,
  resolveLossWeights,
  resolveTrainerOptions,
  trainerOptions,
} from './options.js';
import { checkStepImages } from './step-images.js';

/** Options of `CUTTrainer.trainStep`. */
export interface CUTStepOptions {
  /**
   * Places to compare instead of random ones, by name: `places-NCE-0` for the first of the generator's layers, and with `identity`
   * `places-NCE_Y-0` for B's images. Each is an int32 tensor [places] of row · width + column in the feature map.
   */
  draws?: tf.NamedTensorMap;
}

/** Options of `CUTTrainer.fit`. */
export interface CUTFitOptions extends FitOptions<CUTLosses> {
  /**
   * Images of each domain in one step.
   * @default 1
   */
  batchSize?: number;
  /**
   * Whether an epoch is as long as the larger domain (`max`) or the smaller one (`min`).
   * @default 'max'
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

/** The result of `CUTTrainer.fit`. */
export interface CUTFitResult extends FitResult<CUTLosses> {
  /** Names of the images of each domain that could not be read and were skipped. */
  skipped: { a: string[]; b: string[] };
}

const stepEntries = { draws: drawsEntry };

/** Schemas of {@link CUTFitOptions}. */
export const cutFitEntries = {
  ...fitEntries,
  batchSize: withDefault(wholeNumber(1), 1),
  length: withDefault(oneOf('max', 'min'), 'max'),
  shuffle: withDefault(flag(), true),
  serial: withDefault(flag(), false),
};

/**
 * Trains a {@link CUT}.
 *
 * @see [CUT](../../../../docs/cut.md)
 * @see [A training step](../../../../docs/overview.md#a-training-step)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CUT, CUTTrainer } from 'ts-cyclegan';
 * const model = new CUT({ inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, discriminatorLayers: 1, nceUnits: 4, seed: 7 });
 * const trainer = new CUTTrainer(model, { preset: 'fastcut', patches: 16, epochs: 1 });
 * const horses = [tf.rand([16, 16, 3], () => 0.5)];
 * const zebras = [tf.rand([16, 16, 3], () => -0.5)];
 * const { history } = await trainer.fit(horses, zebras);
 * console.log(history.NCE); // the mean of each epoch
 * trainer.dispose();
 * model.dispose();
 * ```
 */
export class CUTTrainer extends Trainer<CUT, CUTLosses, CUTTrainerSettings> {
  readonly #algorithmOf: (loss: CUTLossWeights) => Algorithm<CUTLoss>;

  /**
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, before anything is allocated
   */
  constructor(model: CUT, options: CUTTrainerOptions = {}) {
    const settings = resolveTrainerOptions(model, options);
    const { loss, adam, ema, seed } = settings;
    const training = { optimizer: adamRule(adam), ema };
    super('CUTTrainer', model, settings, new Random(seed), cut(model, loss, settings, training));
    this.#algorithmOf = (weights) => cut(model, weights, settings, training);
  }

  /**
   * Changes loss weights from the next step on. States do not contain them: a resumed trainer uses the weights of its own
   * options.
   *
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  setLossWeights(weights: Partial<Pick<CUTLossWeights, 'lambdaGan' | 'lambdaNce'>>): void {
    const loss = resolveLossWeights(this.settings.loss, weights);
    this.changeSettings({ loss }, this.#algorithmOf(loss));
  }

  /**
   * Trains for one step on a batch of each domain. The discriminator is updated first, then the generator and the head, on the same
   * fakes. Calls during a step wait for its end. The tensors stay the caller's.
   *
   * A step that throws changes nothing: weights, optimizers, averages, counters and the random state stay as they were,
   * and no tensor leaks. The same applies to a step with a loss that is NaN or infinite; its losses are returned.
   *
   * @param a images of A, [H, W, C] or [B, H, W, C], float32 in [−1, 1], with a tolerance of 0.001
   * @param b images of B, likewise
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_ARGUMENT`, `UNSUPPORTED`, `DISPOSED`
   */
  async trainStep(
    a: tf.Tensor3D | tf.Tensor4D,
    b: tf.Tensor3D | tf.Tensor4D,
    options: CUTStepOptions = {},
  ): Promise<CUTLosses> {
    const where = 'CUTTrainer.trainStep';
    this.checkReady('trainStep');
    const { draws } = resolveOptions(where, stepEntries, options);
    const unseen = checkStepImages(where, this.model, this.settings, { a, b, draws });
    const given = Object.entries(draws ?? {}).map(([name, places]) => [name, tf.clone(places)] as const);
    const batch = { a: heldBatch(a), b: heldBatch(b), ...Object.fromEntries(given) };
    return await this.runStep('trainStep', batch, unseen);
  }

  /**
   * Trains for a number of epochs. An epoch has max(|A|, |B|) steps, divided by the batch size. Training resumes where the trainer
   * stands, so the same call completes a restored run.
   *
   * @param a images of A: a folder, an array, an (async) iterable, or a `tf.data.Dataset` of tensors
   * @param b images of B, likewise
   * @returns the mean losses of each epoch, as from `tf.LayersModel.fit`, and the names of skipped images
   * @throws CycleGANError for invalid options and sources, and whatever `trainStep` and the callbacks throw
   */
  async fit(a: Images, b: Images, options: CUTFitOptions = {}): Promise<CUTFitResult> {
    const where = 'CUTTrainer.fit';
    this.checkReady('fit');
    const { batchSize, shuffle, serial, length, epochs, stepsPerEpoch, ...resolved } = resolveOptions(
      where,
      cutFitEntries,
      options,
    );
    const batches = unpairedBatches(a, b, { length, shuffle, serial, batchSize }, where);
    const callbacks = checkedCallbacks(where, resolved.callbacks);
    const step = async ({ a, b }: tf.NamedTensorMap) =>
      await this.trainStep(a as tf.Tensor4D, b as tf.Tensor4D);
    const result = await this.fitEpochs(batches, { epochs, stepsPerEpoch, callbacks }, step);
    return result as CUTFitResult;
  }

  override get options(): Readonly<Record<string, unknown>> {
    return trainerOptions(this.settings);
  }
}
