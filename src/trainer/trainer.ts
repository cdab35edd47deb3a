/**
 * Trains a CycleGAN: one step after another (`trainStep`), or whole epochs (`fit`), with a state that can be
 * saved at any step and gone on from. What a step minimises is in `objective.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { nextTask } from '../core/next-task.js';
import { Queue } from '../core/queue.js';
import { Random } from '../core/random.js';
import type { Images } from '../data/images.js';
import { checkValues, valuesFit } from '../models/check-values.js';
import type { CycleGAN } from '../models/cyclegan.js';
import { networkNames } from '../models/cyclegan-options.js';
import type { EpochProgress } from './epoch.js';
import { fit, type FitOptions, type FitResult } from './fit.js';
import { ImagePool } from './image-pool.js';
import { type Losses, notFinite } from './losses.js';
import { MovingAverage } from './moving-average.js';
import { allVariables, drawDropoutFrom } from '../models/networks.js';
import { type CycleGANTrainerOptions, resolveTrainerOptions, type TrainerSettings } from './options.js';
import { Player } from './player.js';
import type { ScheduleState } from './schedules.js';
import { checkState, resumeSchedule, stateVersion, type TrainerState } from './state.js';
import { TrainingStep } from './step.js';
import { checkStepImages, heldBatches, type StepImages } from './step-images.js';
import { assignAll, tensorData } from './tensor-data.js';
import { beginAll, holdingVariables, type Transaction } from './transaction.js';
import type { Training } from './training.js';

/**
 * A trainer of one model.
 *
 * @see [The way of a training step](../../docs/overview.md#the-way-of-a-training-step)
 * @see [Porting from PyTorch](../../docs/porting-from-pytorch.md)
 * @see [Porting from Keras](../../docs/porting-from-keras.md)
 * @see [Memory](../../docs/memory.md)
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
export class CycleGANTrainer implements Training {
  readonly #model: CycleGAN;
  readonly #settings: TrainerSettings;
  readonly #random: Random;
  /** Set it in a callback, and `fit` ends after the step. */
  stopTraining = false;
  #epoch = 0;
  #step = 0;
  #schedule: ScheduleState;
  /** The epoch that `fit` is in, or was in when it was stopped. */
  #running: EpochProgress | null = null;
  readonly #training: TrainingStep;
  readonly #generators: Player;
  readonly #discriminators: Player;
  readonly #pools: { A: ImagePool; B: ImagePool };
  readonly #averages: MovingAverage[];
  /** Steps, and what must not happen during one. */
  readonly #queue = new Queue();
  #fitting = false;
  /** Whether the generators have their averaged weights at present. */
  #averaged = false;
  #disposed = false;

  /**
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, before anything is allocated
   */
  constructor(model: CycleGAN, options: CycleGANTrainerOptions = {}) {
    const settings = resolveTrainerOptions(model, options);
    const { adam, accumulate, poolSize, ema, seed, schedule } = settings;
    const { generatorG, generatorF, discriminatorX, discriminatorY } = model;
    this.#model = model;
    this.#settings = settings;
    this.#random = new Random(seed);
    this.#schedule = schedule.start;
    this.#generators = new Player([generatorG, generatorF], adam, accumulate);
    // D_A, which judges B's pictures, learns first, as in P
    this.#discriminators = new Player([discriminatorY, discriminatorX], adam, accumulate);
    this.#pools = { A: new ImagePool(poolSize, this.random), B: new ImagePool(poolSize, this.random) };
    this.#averages = ema > 0 ? [generatorG, generatorF].map((g) => new MovingAverage(g, { decay: ema })) : [];
    this.#training = new TrainingStep({
      model,
      settings,
      random: this.random,
      generators: this.#generators,
      discriminators: this.#discriminators,
      pools: this.#pools,
      averages: this.#averages,
    });
  }

  /** The model that is trained. */
  get model(): CycleGAN {
    return this.#model;
  }

  /** All options, none left out, frozen: loss and schedule are as they were when the trainer was built. */
  get settings(): TrainerSettings {
    return this.#settings;
  }

  /** Where everything random in training comes from. */
  get random(): Random {
    return this.#random;
  }

  /** Epochs done. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** The learning rates of the next step. */
  get learningRate(): { generator: number; discriminator: number } {
    const { generator, discriminator } = this.settings.learningRate;
    const { factor } = this.#schedule;
    return { generator: generator * factor, discriminator: discriminator * factor };
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
  async trainStep(a: tf.Tensor3D | tf.Tensor4D, b: tf.Tensor3D | tf.Tensor4D): Promise<Losses> {
    const where = 'CycleGANTrainer.trainStep';
    this.#checkReady('trainStep');
    const unseen = checkStepImages(where, this.model, { a, b });
    const images = heldBatches({ a, b });
    try {
      return await this.#queue.run(async () => {
        this.#checkReady('trainStep');
        const transaction = this.#begin();
        let good = false;
        try {
          const { losses, unfit } = await this.#compute(images, unseen);
          for (const name of unfit) checkValues(where, name, await images[name].data());
          good = notFinite(losses) === undefined;
          if (good) this.#step += 1;
          return losses;
        } finally {
          if (good || this.#disposed) transaction.commit();
          else transaction.rollback();
        }
      });
    } finally {
      tf.dispose([images.a, images.b]);
    }
  }

  /** Computes a step: its losses, and which of the `unseen` images have values out of range. */
  async #compute(
    images: StepImages<tf.Tensor4D>,
    unseen: readonly (keyof StepImages)[],
  ): Promise<{ losses: Losses; unfit: (keyof StepImages)[] }> {
    // another trainer of the model may have had the dropout layers in between
    drawDropoutFrom(this.random, this.#networks);
    let names: readonly string[] = [];
    const read = tf.tidy(() => {
      const losses = this.#training.run(images.a, images.b, this.learningRate);
      names = losses.names;
      if (unseen.length === 0) return losses.values;
      return tf.concat([losses.values, tf.stack(unseen.map((name) => valuesFit(images[name])))]);
    });
    try {
      const values = await read.data();
      const losses = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      return {
        losses: { idt_A: 0, idt_B: 0, ...losses } as Losses,
        unfit: unseen.filter((_, i) => values[names.length + i] !== 1),
      };
    } finally {
      read.dispose();
    }
  }

  get #networks(): LayersModel[] {
    return networkNames.map((name) => this.model[name]);
  }

  /** Remembers all that a step or `restore` changes. */
  #begin(): Transaction {
    const networks = this.#networks;
    const [epoch, step, schedule, running] = [this.#epoch, this.#step, this.#schedule, this.#running];
    const random = this.random.state();
    const own = (): Transaction => ({
      commit: () => undefined,
      rollback: () => {
        [this.#epoch, this.#step, this.#schedule, this.#running] = [epoch, step, schedule, running];
        this.random.restore(random);
      },
    });
    return beginAll([
      { begin: () => holdingVariables(allVariables(...networks)) },
      this.#generators,
      this.#discriminators,
      this.#pools.A,
      this.#pools.B,
      ...this.#averages,
      { begin: own },
    ]);
  }

  /**
   * Trains for epochs: max(|A|, |B|) steps each in P's objective, min(|A|, |B|) in K's, divided by the
   * batch size. Goes on from where the trainer stands, so a run that was restored is finished by the same call.
   *
   * @param a A's pictures: a folder, an array, an (async) iterable, or a `tf.data.Dataset` of tensors
   * @param b B's
   * @returns the mean losses of each epoch, as `tf.LayersModel.fit` does, and which images were left out
   * @throws CycleGANError for bad options and sources, and whatever `trainStep` and the callbacks throw
   */
  async fit(a: Images, b: Images, options: FitOptions = {}): Promise<FitResult> {
    this.#checkReady('fit');
    if (this.#fitting) {
      throw new CycleGANError(
        'BUSY',
        'CycleGANTrainer.fit: another fit of this trainer is running. Await it first.',
      );
    }
    this.#fitting = true;
    try {
      return await fit(this, a, b, options, {
        current: () => (this.#running ??= { seed: this.random.seed(), steps: 0, sums: {} }),
        finish: (metric) => {
          this.#running = null;
          this.#epoch += 1;
          this.#schedule = this.settings.schedule.update(this.#schedule, metric);
        },
      });
    } finally {
      this.#fitting = false;
    }
  }

  /**
   * Runs `use` while the generators have their averaged weights (option `ema`), to sample or save better
   * pictures; they get their own back after. Without averages it just runs it.
   */
  async withAverages<T>(use: () => T | Promise<T>): Promise<T> {
    this.#checkReady('withAverages');
    if (this.#averages.length === 0) return await use();
    return await this.#queue.run(async () => {
      this.#averaged = true;
      try {
        return await this.#averages.reduce<() => T | Promise<T>>(
          (inner, average) => () => average.during(inner),
          use,
        )();
      } finally {
        this.#averaged = false;
      }
    });
  }

  /** Everything that training goes on from, as plain data: as it is at the call, or after the step that is running then. */
  async state(): Promise<TrainerState> {
    this.#checkReady('state');
    const stepping = this.#queue.isBusy;
    return await this.#queue.run(async () => {
      if (stepping) await nextTask(); // `fit` counts a step when it has heard of its end
      this.#checkReady('state');
      return await this.#read();
    });
  }

  async #read(): Promise<TrainerState> {
    const numbers = {
      format: 'ts-cyclegan-trainer',
      version: stateVersion,
      epoch: this.#epoch,
      step: this.#step,
      schedule: { ...this.#schedule },
      running: this.#running && { ...this.#running, sums: { ...this.#running.sums } },
      random: this.random.state(),
    } as const;
    const weights = async (network: LayersModel) =>
      await Promise.all(network.weights.map((weight) => tensorData(weight.read())));
    // all reading starts here, before the first wait
    const [networks, generators, discriminators, A, B, averages] = await Promise.all([
      Promise.all(networkNames.map(async (name) => [name, await weights(this.model[name])] as const)),
      this.#generators.state(),
      this.#discriminators.state(),
      this.#pools.A.state(),
      this.#pools.B.state(),
      Promise.all(this.#averages.map((average) => average.state())),
    ]);
    return {
      ...numbers,
      networks: Object.fromEntries(networks) as TrainerState['networks'],
      generators,
      discriminators,
      pools: { A, B },
      averages,
    };
  }

  /**
   * Goes on from a {@link CycleGANTrainer.state} of a trainer with the same options. All of it is checked before any of it
   * is put in place.
   *
   * @throws CycleGANError `INVALID_STATE`
   */
  restore(state: TrainerState): void {
    const where = 'CycleGANTrainer.restore';
    this.#checkReady('restore');
    if (this.#queue.isBusy) {
      throw new CycleGANError('BUSY', `${where}: a step of this trainer is running. Await it first.`);
    }
    const { generatorG, generatorF } = this.model;
    const { poolSize, schedule } = this.settings;
    checkState(where, state, {
      weights: Object.fromEntries(networkNames.map((name) => [name, this.model[name].weights])) as never,
      averages: this.#averages.length > 0,
      poolSize,
      channels: { A: generatorG.inputs[0]!.shape[3]!, B: generatorF.inputs[0]!.shape[3]! },
      schedule,
    });
    this.#generators.check(`${where}: generators`, state.generators);
    this.#discriminators.check(`${where}: discriminators`, state.discriminators);

    const transaction = this.#begin();
    let done = false;
    try {
      for (const name of networkNames) assignAll(allVariables(this.model[name]), state.networks[name]);
      this.#generators.restore(state.generators);
      this.#discriminators.restore(state.discriminators);
      this.#pools.A.restore(state.pools.A);
      this.#pools.B.restore(state.pools.B);
      this.#averages.forEach((average, i) => {
        average.restore(state.averages[i]!);
      });
      this.#schedule = resumeSchedule(where, schedule, state);
      this.#running = state.running && { ...state.running, sums: { ...state.running.sums } };
      this.random.restore(state.random);
      [this.#epoch, this.#step] = [state.epoch, state.step];
      done = true;
    } finally {
      if (done) transaction.commit();
      else transaction.rollback();
    }
  }

  /** Frees what the trainer holds; the model stays. */
  dispose(): void {
    this.#disposed = true;
    const { A, B } = this.#pools;
    for (const part of [this.#generators, this.#discriminators, A, B, ...this.#averages]) part.dispose();
  }

  /** `using trainer = …` disposes of the trainer at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkReady(method: string): void {
    if (this.#disposed) {
      throw new CycleGANError(
        'DISPOSED',
        `CycleGANTrainer.${method}: the trainer has been disposed. Create a new one.`,
      );
    }
    if (this.model.disposed) {
      throw new CycleGANError(
        'DISPOSED',
        `CycleGANTrainer.${method}: the model was disposed of. Build or load another.`,
      );
    }
    if (this.#averaged) {
      throw new CycleGANError(
        'BUSY',
        `CycleGANTrainer.${method}: the generators have their averaged weights until withAverages ends. ` +
          `Await it first.`,
      );
    }
  }
}
