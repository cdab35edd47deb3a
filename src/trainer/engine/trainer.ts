/**
 * What every trainer is: an algorithm that is trained step by step or for whole epochs, with a state that can be saved at any
 * step and resumed from. The engine knows no algorithm; `algorithms/` has a folder for each.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { nextTask } from '../../core/next-task.js';
import { resolveOptions } from '../../core/options.js';
import { Queue } from '../../core/queue.js';
import type { Random } from '../../core/random.js';
import type { TrainerCallback } from './callback.js';
import type { Batches } from '../../data/batches.js';
import type { Algorithm } from './algorithm.js';
import { callbackStates, restoreCallbacks } from './callback-states.js';
import { type EpochProgress, type Losses, notFinite } from './epoch.js';
import { fit, type FitResult } from './fit.js';
import { type EngineSettings, learningRate, type LearningRates, ratesOf } from './options.js';
import { changingParts, type Parts, readParts, restoreParts } from './parts.js';
import type { ScheduleState } from './schedules.js';
import { checkState, resumeSchedule, stateVersion, type TrainerState } from './state.js';
import { Step } from './step.js';
import { TrainedNetwork } from './trained-network.js';
import { beginAll, type Transaction } from './transaction.js';
import type { Training } from './training.js';
import { checkValues, valuesFit } from '../../core/check-values.js';

/** A model that trainers train. */
export interface TrainedModel {
  readonly disposed: boolean;
}

/**
 * The part that all trainers share.
 *
 * @see [The way of a training step](../../../docs/overview.md#the-way-of-a-training-step)
 */
export abstract class Trainer<
  Model extends TrainedModel,
  L extends Partial<Losses>,
  Settings extends EngineSettings,
> implements Training<Model> {
  readonly #className: string;
  readonly #model: Model;
  readonly #random: Random;
  /** Set it in a callback, and `fit` ends after the step. */
  stopTraining = false;
  #settings: Settings;
  #algorithm: Algorithm<keyof L & string>;
  #epoch = 0;
  #step = 0;
  #schedule: ScheduleState;
  /** The epoch that `fit` is in, or was in when it was stopped. */
  #running: EpochProgress | null = null;
  readonly #trained: Readonly<Record<string, TrainedNetwork>>;
  #training: Step;
  /** Steps, and what must not happen during one. */
  readonly #queue = new Queue();
  /** Of the running `fit`; or, between two, what they remembered last. */
  #callbacks: readonly TrainerCallback[] = [];
  #callbackStates: Record<string, unknown> = {};
  #fitting = false;
  /** Whether networks have their averaged weights at present. */
  #averaged = false;
  #disposed = false;

  /** @param random the stream of the algorithm, too */
  protected constructor(
    className: string,
    model: Model,
    settings: Settings,
    random: Random,
    algorithm: Algorithm<keyof L & string>,
  ) {
    this.#className = className;
    this.#model = model;
    this.#settings = settings;
    this.#random = random;
    this.#schedule = settings.schedule.start;
    this.#algorithm = algorithm;
    this.#trained = Object.fromEntries(
      Object.values(algorithm.groups).flatMap((group) =>
        group.networks.map((name) => [
          name,
          new TrainedNetwork(algorithm.networks[name]!, group, settings.accumulate),
        ]),
      ),
    );
    this.#training = this.#newStep();
  }

  /** The model that is trained. */
  get model(): Model {
    return this.#model;
  }

  /** All options, none left out, frozen: they are as they were when the trainer was built, but for what a method changes. */
  get settings(): Settings {
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
  get learningRate(): LearningRates {
    const { generator, discriminator } = this.settings.learningRate;
    const { factor } = this.#schedule;
    return { generator: generator * factor, discriminator: discriminator * factor };
  }

  /**
   * Sets the first learning rates, which the schedule multiplies, from the next step on. States do not hold them: a trainer that
   * resumes has the rates of its own options.
   *
   * @throws CycleGANError `INVALID_OPTION`
   */
  setLearningRate(rate: number | LearningRates): void {
    const where = `${this.#className}.setLearningRate`;
    const resolved = resolveOptions(where, { learningRate }, { learningRate: rate });
    this.changeSettings({ learningRate: ratesOf(resolved.learningRate) } as Partial<Settings>);
  }

  /** Replaces settings, and the algorithm if they are part of it: what is captured of it is captured anew. */
  protected changeSettings(changes: Partial<Settings>, algorithm?: Algorithm<keyof L & string>): void {
    this.#settings = Object.freeze({ ...this.#settings, ...changes });
    if (algorithm === undefined) return;
    this.#algorithm = algorithm;
    this.#training = this.#newStep();
  }

  #newStep(): Step {
    return new Step({
      algorithm: this.#algorithm,
      trained: this.#trained,
      random: this.#random,
      accumulate: this.#settings.accumulate,
      memory: this.#settings.memory,
    });
  }

  /**
   * One step. A call during a step waits for its end. A step that throws, or whose losses are not finite, changes nothing.
   *
   * @param batch tensors that the engine keeps and disposes of
   * @param unseen names of those whose values are still to be checked
   */
  protected async runStep(method: string, batch: tf.NamedTensorMap, unseen: readonly string[]): Promise<L> {
    const where = `${this.#className}.${method}`;
    try {
      return await this.#queue.run(async () => {
        this.checkReady(method);
        for (const { optimizer } of Object.values(this.#trained)) optimizer.refresh();
        const transaction = this.#begin();
        let good = false;
        try {
          const { losses, unfit } = await this.#compute(batch, unseen);
          for (const name of unfit) checkValues(where, name, await batch[name]!.data());
          good = notFinite(losses as Losses) === undefined;
          if (good) this.#step += 1;
          return losses;
        } finally {
          if (good || this.#disposed) transaction.commit();
          else transaction.rollback();
        }
      });
    } finally {
      tf.dispose(batch);
    }
  }

  /** Computes a step: its losses, and which of the `unseen` tensors have values out of range. */
  async #compute(
    batch: tf.NamedTensorMap,
    unseen: readonly string[],
  ): Promise<{ losses: L; unfit: string[] }> {
    let names: readonly string[] = [];
    const read = tf.tidy(() => {
      const losses = this.#training.run(batch, this.learningRate);
      names = losses.names;
      if (unseen.length === 0) return losses.values;
      return tf.concat([
        losses.values,
        tf.stack(unseen.map((name) => valuesFit(batch[name] as tf.Tensor4D))),
      ]);
    });
    try {
      const values = await read.data();
      const { losses: always, optionalLosses = [] } = this.#algorithm;
      const given = new Map(names.map((name, i) => [name, values[i]!]));
      const losses = Object.fromEntries([
        ...always.map((name) => [name, given.get(name) ?? 0] as const),
        ...optionalLosses.flatMap((name) => (given.has(name) ? [[name, given.get(name)!] as const] : [])),
      ]);
      return { losses: losses as L, unfit: unseen.filter((_, i) => values[names.length + i] !== 1) };
    } finally {
      read.dispose();
    }
  }

  get #parts(): Parts {
    return { algorithm: this.#algorithm, trained: this.#trained };
  }

  /** Remembers all that a step or `restore` changes. */
  #begin(): Transaction {
    const [epoch, step, schedule, running] = [this.#epoch, this.#step, this.#schedule, this.#running];
    const random = this.#random.state();
    const own = (): Transaction => ({
      commit: () => undefined,
      rollback: () => {
        [this.#epoch, this.#step, this.#schedule, this.#running] = [epoch, step, schedule, running];
        this.#random.restore(random);
      },
    });
    return beginAll([...changingParts(this.#parts), { begin: own }]);
  }

  /** Trains for epochs; see `fit` of a trainer. */
  protected async fitEpochs(
    source: Batches,
    options: {
      epochs: number | undefined;
      stepsPerEpoch: number | undefined;
      callbacks: readonly TrainerCallback[];
    },
    step: (batch: tf.NamedTensorMap) => Promise<L>,
  ): Promise<FitResult> {
    this.checkReady('fit');
    if (this.#fitting) {
      throw new CycleGANError(
        'BUSY',
        `${this.#className}.fit: another fit of this trainer is running. Await it first.`,
      );
    }
    restoreCallbacks(options.callbacks, this.#callbackStates);
    this.#fitting = true;
    this.#callbacks = options.callbacks;
    try {
      const book = {
        current: () => (this.#running ??= { seed: this.#random.seed(), steps: 0, sums: {} }),
        finish: (losses: Losses) => {
          this.#running = null;
          this.#epoch += 1;
          const metric = this.#algorithm.monitor(losses as never);
          this.#schedule = this.#settings.schedule.update(this.#schedule, metric);
        },
      };
      return await fit(
        { className: this.#className, trainer: this, book, step: step as never },
        source,
        options,
      );
    } finally {
      this.#callbackStates = {};
      this.#fitting = false;
    }
  }

  /**
   * Runs `use` while networks with moving averages (option `ema`) have their averaged weights, to sample or save better
   * images; they get their own back after. Without averages it just runs it.
   */
  async withAverages<T>(use: () => T | Promise<T>): Promise<T> {
    this.checkReady('withAverages');
    const averages = Object.values(this.#trained).flatMap(({ average }) => average ?? []);
    if (averages.length === 0) return await use();
    return await this.#queue.run(async () => {
      this.#averaged = true;
      try {
        return await averages.reduce<() => T | Promise<T>>(
          (inner, average) => () => average.during(inner),
          use,
        )();
      } finally {
        this.#averaged = false;
      }
    });
  }

  /** Everything that training resumes from, as plain data: as it is at the call, or after the step that is running then. */
  async state(): Promise<TrainerState> {
    this.checkReady('state');
    const stepping = this.#queue.isBusy;
    return await this.#queue.run(async () => {
      if (stepping) await nextTask(); // `fit` counts a step when it has heard of its end
      this.checkReady('state');
      return await this.#read();
    });
  }

  async #read(): Promise<TrainerState> {
    const { name } = this.#algorithm;
    const head = {
      format: 'ts-cyclegan-trainer',
      version: stateVersion,
      algorithm: { name, options: this.stateOptions() },
      epoch: this.#epoch,
      step: this.#step,
      schedule: { ...this.#schedule },
      running: this.#running && { ...this.#running, sums: { ...this.#running.sums } },
      random: this.#random.state(),
      callbacks: { ...this.#callbackStates, ...callbackStates(this.#callbacks) },
    } as const;
    return { ...head, ...(await readParts(this.#parts)) };
  }

  /** The options that states show. */
  protected abstract stateOptions(): Record<string, unknown>;

  /**
   * Resumes from a {@link Trainer.state} of a trainer of the same algorithm and networks. All of it is checked before any of it
   * is put in place.
   *
   * @throws CycleGANError `INVALID_STATE`
   */
  restore(state: TrainerState): void {
    const where = `${this.#className}.restore`;
    this.checkReady('restore');
    if (this.#queue.isBusy) {
      throw new CycleGANError('BUSY', `${where}: a step of this trainer is running. Await it first.`);
    }
    const algorithm: Algorithm = this.#algorithm;
    const { accumulate, schedule } = this.#settings;
    checkState(where, state, { algorithm, accumulate, schedule });

    const transaction = this.#begin();
    let done = false;
    try {
      restoreParts(this.#parts, state);
      this.#schedule = resumeSchedule(where, schedule, state);
      this.#running = state.running && { ...state.running, sums: { ...state.running.sums } };
      this.#random.restore(state.random);
      [this.#epoch, this.#step] = [state.epoch, state.step];
      this.#callbacks = [];
      this.#callbackStates = { ...state.callbacks };
      done = true;
    } finally {
      if (done) transaction.commit();
      else transaction.rollback();
    }
  }

  /** Frees what the trainer holds; the model stays. */
  dispose(): void {
    this.#disposed = true;
    const parts = [...Object.values(this.#trained), ...Object.values(this.#algorithm.stateful)];
    for (const part of parts) part.dispose();
  }

  /** `using trainer = …` disposes of the trainer at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  protected checkReady(method: string): void {
    const where = `${this.#className}.${method}`;
    if (this.#disposed) {
      throw new CycleGANError('DISPOSED', `${where}: the trainer has been disposed. Create a new one.`);
    }
    if (this.model.disposed) {
      throw new CycleGANError('DISPOSED', `${where}: the model has been disposed. Create or load a new one.`);
    }
    if (this.#averaged) {
      throw new CycleGANError(
        'BUSY',
        `${where}: the generators have their averaged weights until withAverages ends. Await it first.`,
      );
    }
  }
}
