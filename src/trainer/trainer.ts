/**
 * Trains a CycleGAN: one step after another (`trainStep`), or whole epochs (`fit`), with a state that can be
 * saved at any step and gone on from. What a step minimises is in `objective.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { Random } from '../core/random.js';
import type { Images } from '../data/images.js';
import { checkJudged, checkPictures } from '../models/check-pictures.js';
import type { CycleGAN } from '../models/cyclegan.js';
import { networkNames } from '../models/cyclegan-options.js';
import type { EpochProgress } from './epoch.js';
import { fit, type FitOptions, type FitResult } from './fit.js';
import { ImagePool } from './image-pool.js';
import type { Losses } from './losses.js';
import { MovingAverage } from './moving-average.js';
import { drawDropoutFrom } from '../models/networks.js';
import { type CycleGANTrainerOptions, resolveTrainerOptions, type TrainerSettings } from './options.js';
import { Player } from './player.js';
import type { ScheduleState } from './schedules.js';
import { checkState, stateVersion, type TrainerState } from './state.js';
import { TrainingStep } from './step.js';
import { tensorData } from './tensor-data.js';
import type { Training } from './training.js';

/**
 * A trainer of one model.
 *
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
  readonly model: CycleGAN;
  /** All options, none left out. */
  readonly settings: TrainerSettings;
  /** Where everything random in training comes from. */
  readonly random: Random;
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
    this.model = model;
    this.settings = settings;
    this.random = new Random(seed);
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
   * before it. The tensors stay the caller's, and none is left behind, also when it throws.
   *
   * @param a A's pictures, [H, W, C] or [B, H, W, C], float32 in [−1, 1]
   * @param b B's
   * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `UNSUPPORTED`
   */
  async trainStep(a: tf.Tensor3D | tf.Tensor4D, b: tf.Tensor3D | tf.Tensor4D): Promise<Losses> {
    this.#checkReady('trainStep');
    const { generatorG, generatorF, discriminatorX, discriminatorY, options } = this.model;
    checkPictures('CycleGANTrainer.trainStep', 'a', a, generatorG, options);
    checkPictures('CycleGANTrainer.trainStep', 'b', b, generatorF, options);
    for (const discriminator of [discriminatorX, discriminatorY]) {
      checkJudged('CycleGANTrainer.trainStep', 'a', a, discriminator);
      checkJudged('CycleGANTrainer.trainStep', 'b', b, discriminator);
    }
    let names: readonly string[] = [];
    // another trainer of the model may have had the dropout layers in between
    drawDropoutFrom(this.random, [generatorG, generatorF, discriminatorX, discriminatorY]);
    const numbers = tf.tidy(() => {
      const [batchA, batchB] = [a, b].map((t) => (t.rank === 3 ? tf.expandDims(t, 0) : t)) as tf.Tensor4D[];
      const losses = this.#training.run(batchA!, batchB!, this.learningRate);
      names = losses.names;
      return losses.values;
    });
    this.#step += 1; // before anything is waited for: the weights are those after this step
    try {
      const values = await numbers.data();
      return {
        idt_A: 0,
        idt_B: 0,
        ...Object.fromEntries(names.map((name, i) => [name, values[i]!])),
      } as Losses;
    } finally {
      numbers.dispose();
    }
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
    this.#averaged = this.#averages.length > 0;
    try {
      return await this.#averages.reduce<() => T | Promise<T>>(
        (inner, average) => () => average.during(inner),
        use,
      )();
    } finally {
      this.#averaged = false;
    }
  }

  /** Everything that training goes on from, as plain data: as it is at the call, whatever is trained while it is read. */
  async state(): Promise<TrainerState> {
    this.#checkReady('state');
    const numbers = {
      format: 'ts-cyclegan-trainer',
      version: stateVersion,
      epoch: this.#epoch,
      step: this.#step,
      schedule: this.#schedule,
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
    const weights = Object.fromEntries(networkNames.map((name) => [name, this.model[name].weights])) as never;
    const { poolSize } = this.settings;
    checkState(where, state, weights, { averages: this.#averages.length, poolSize });
    this.#generators.check(`${where}: generators`, state.generators);
    this.#discriminators.check(`${where}: discriminators`, state.discriminators);

    for (const name of networkNames) {
      tf.tidy(() => {
        const tensors = state.networks[name].map(({ shape, data }) => tf.tensor(data, shape));
        this.model[name].weights.forEach((weight, i) =>
          (weight.read() as unknown as tf.Variable).assign(tensors[i]!),
        );
      });
    }
    this.#generators.restore(state.generators);
    this.#discriminators.restore(state.discriminators);
    this.#pools.A.restore(state.pools.A);
    this.#pools.B.restore(state.pools.B);
    this.#averages.forEach((average, i) => {
      average.restore(state.averages[i]!);
    });
    this.#schedule = state.schedule;
    this.#running = state.running && { ...state.running, sums: { ...state.running.sums } };
    this.random.restore(state.random);
    this.#epoch = state.epoch;
    this.#step = state.step;
  }

  /** Frees what the trainer holds; the model stays. */
  dispose(): void {
    this.#disposed = true;
    this.#generators.dispose();
    this.#discriminators.dispose();
    this.#pools.A.dispose();
    this.#pools.B.dispose();
    this.#averages.forEach((average) => {
      average.dispose();
    });
  }

  /** `using trainer = …` disposes of the trainer at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkReady(method: string): void {
    if (this.#disposed) {
      throw new CycleGANError(
        'DISPOSED',
        `CycleGANTrainer.${method}: the trainer was disposed of. Make another.`,
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
