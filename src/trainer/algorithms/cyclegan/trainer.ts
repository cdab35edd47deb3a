/** Trains a CycleGAN. What a step minimises is in `algorithm.ts`. */
import type * as tf from '@tensorflow/tfjs-core';
import { flag, oneOf, optional, resolveOptions, wholeNumber, withDefault } from '../../../core/options.js';
import { frozenCopy } from '../../../core/frozen-copy.js';
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
} from './options.js';
import { checkStepImages } from './step-images.js';

/** Options of `CycleGANTrainer.fit`. */
export interface CycleGANFitOptions extends FitOptions<CycleGANLosses> {
  /**
   * Images of each domain in a step.
   * @default 1
   */
  batchSize?: number;
  /**
   * Whether an epoch is as long as the larger domain (PyTorch) or the smaller one (Keras).
   * @default the objective's
   */
  length?: 'max' | 'min';
  /**
   * Whether to draw the order anew in each epoch.
   * @default true
   */
  shuffle?: boolean;
  /**
   * Whether image i of A always comes with image i of B; PyTorch: `--serial_batches`.
   * @default false
   */
  serial?: boolean;
}

/** What `CycleGANTrainer.fit` returns. */
export interface CycleGANFitResult extends FitResult<CycleGANLosses> {
  leftOut: { a: string[]; b: string[] };
}

const entries = {
  ...fitEntries,
  batchSize: withDefault(wholeNumber(1), 1),
  length: optional(oneOf('max', 'min')),
  shuffle: withDefault(flag(), true),
  serial: withDefault(flag(), false),
};

/**
 * A trainer of one model.
 *
 * @see [The way of a training step](../../../../docs/overview.md#the-way-of-a-training-step)
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
 * console.log(history.cycle_A); // the mean of each epoch
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
    const { loss, poolSize, ema, seed } = settings;
    const random = new Random(seed);
    const pools = { A: new ImagePool(poolSize, random), B: new ImagePool(poolSize, random) };
    const training = { optimizer: adamRule(settings.adam), ema };
    super('CycleGANTrainer', model, settings, random, cyclegan(model, loss, pools, training));
    this.#algorithmOf = (weights) => cyclegan(model, weights, pools, training);
  }

  /**
   * Changes weights of the losses from the next step on. States do not hold them: a trainer that resumes has the weights of its
   * own options.
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
   * One step on a batch of each domain: the generators' update, then the discriminators', on fakes from
   * before it. A call during a step waits for its end. The tensors stay the caller's.
   *
   * A step that throws changes nothing: weights, optimizers, averages, pools, counters and the random state are as before,
   * and no tensor is left behind. The same holds for a step with a loss that is NaN or infinite; its losses are returned.
   *
   * @param a A's images, [H, W, C] or [B, H, W, C], float32 in [−1, 1]; a thousandth more is taken for rounding
   * @param b B's
   * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `UNSUPPORTED`
   */
  async trainStep(a: tf.Tensor3D | tf.Tensor4D, b: tf.Tensor3D | tf.Tensor4D): Promise<CycleGANLosses> {
    this.checkReady('trainStep');
    const unseen = checkStepImages('CycleGANTrainer.trainStep', this.model, { a, b });
    return await this.runStep('trainStep', { a: heldBatch(a), b: heldBatch(b) }, unseen);
  }

  /**
   * Trains for epochs: max(|A|, |B|) steps each in PyTorch's objective, min(|A|, |B|) in Keras', divided by the
   * batch size. Resumes where the trainer stands, so a run that was restored is finished by the same call.
   *
   * @param a A's images: a folder, an array, an (async) iterable, or a `tf.data.Dataset` of tensors
   * @param b B's
   * @returns the mean losses of each epoch, as `tf.LayersModel.fit` does, and which images were left out
   * @throws CycleGANError for bad options and sources, and whatever `trainStep` and the callbacks throw
   */
  async fit(a: Images, b: Images, options: CycleGANFitOptions = {}): Promise<CycleGANFitResult> {
    const where = 'CycleGANTrainer.fit';
    this.checkReady('fit');
    const { batchSize, shuffle, serial, ...resolved } = resolveOptions(where, entries, options);
    const {
      length = this.settings.objective === 'pytorch' ? 'max' : 'min',
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

  protected override stateOptions(): Record<string, unknown> {
    const { objective, loss, adam, poolSize, ema } = this.settings;
    return frozenCopy({ objective, ...loss, adversarial: loss.adversarial.name, adam, poolSize, ema });
  }
}
