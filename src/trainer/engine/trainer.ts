/**
 * The base class of all trainers. It trains an algorithm step by step or for whole epochs, and its state can be saved and
 * resumed at any step. The engine knows no algorithm; `algorithms/` has a folder for each.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { nextTask } from '../../core/next-task.js';
import { Queue } from '../../core/queue.js';
import type { Random } from '../../core/random.js';
import type { TrainerCallback } from './callback.js';
import type { Batches } from '../../data/batches.js';
import type { Algorithm } from './algorithm.js';
import { callbackStates, restoreCallbacks } from './callback-states.js';
import { type EpochProgress, type Losses, notFinite } from './epoch.js';
import { fit, type FitResult } from './fit.js';
import { byGroup, type EngineSettings, resolveRates } from './options.js';
import { changingParts, type Parts, readParts, restoreParts } from './parts.js';
import type { ScheduleState } from './schedules.js';
import { checkState, resumeSchedule, stateVersion, type TrainerState } from './state.js';
import { Step } from './step.js';
import { TrainedNetwork } from './trained-network.js';
import { beginAll, type Transaction } from './transaction.js';
import type { Training } from './training.js';
import { checkValues, valuesFit } from '../../core/check-values.js';

/** A model for a trainer. */
export interface TrainedModel {
  readonly disposed: boolean;
}

/**
 * The base class of all trainers.
 *
 * @see [A training step](../../../docs/overview.md#a-training-step)
 */
export abstract class Trainer<
  Model extends TrainedModel,
  L extends Partial<Losses>,
  Settings extends EngineSettings,
> implements Training<Model> {
  readonly #className: string;
  readonly #model: Model;
  readonly #random: Random;
  /** Set it to true in a callback to end `fit` after the current step. */
  stopTraining = false;
  /** Seconds that the current or last `fit` has waited for images, the first batch included. */
  waited = 0;
  #settings: Settings;
  #algorithm: Algorithm<keyof L & string>;
  #epoch = 0;
  #step = 0;
  #schedule: ScheduleState;
  /** The current epoch of `fit`, or the one in which it was stopped. */
  #running: EpochProgress | null = null;
  readonly #trained: Readonly<Record<string, TrainedNetwork>>;
  #training: Step;
  /** Runs steps, and everything that must not run during a step. */
  readonly #queue = new Queue();
  /** The callbacks of the current or last `fit`. */
  #callbacks: readonly TrainerCallback[] = [];
  /** Restored states of callbacks, until the next `fit` ends. */
  #callbackStates: Record<string, unknown> = {};
  #fitting = false;
  /** Whether networks have their averaged weights now. */
  #averaged = false;
  #disposed = false;

  /** @param random also the random source of the algorithm */
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

  /** Name of the algorithm. */
  get algorithm(): string {
    return this.#algorithm.name;
  }

  /** The model that is trained. */
  get model(): Model {
    return this.#model;
  }

  /** The resolved options, frozen. Only methods of the trainer replace them. */
  get settings(): Settings {
    return this.#settings;
  }

  /** The source of everything random in training. */
  get random(): Random {
    return this.#random;
  }

  /** Completed epochs. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Completed steps. */
  get step(): number {
    return this.#step;
  }

  /** The learning rates of the next step, by group. */
  get learningRate(): Settings['learningRate'] {
    const { factor } = this.#schedule;
    return byGroup(this.settings.learningRate, (rate) => rate * factor);
  }

  /**
   * Sets the initial learning rates, which the schedule multiplies, from the next step on. States do not contain them: a resumed
   * trainer uses the rates of its own options.
   *
   * @param rate one for all groups, or one for each
   * @throws CycleGANError `INVALID_OPTION`
   */
  setLearningRate(rate: number | Settings['learningRate']): void {
    const where = `${this.#className}.setLearningRate`;
    const learningRate = resolveRates(where, this.settings.learningRate, rate);
    this.changeSettings({ learningRate } as Partial<Settings>);
  }

  /** Replaces settings, and the algorithm if it depends on them. A new algorithm is captured again. */
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
   * Runs one step. Calls during a step wait for its end. A step that throws, or has a loss that is not finite, changes nothing.
   *
   * @param batch tensors of which the engine takes ownership
   * @param unseen names of the tensors whose values are not checked yet
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
          good = notFinite(losses) === undefined;
          if (good) {
            this.#step += 1;
            if (this.#settings.schedule.per === 'step') this.#updateSchedule(losses);
          }
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

  /** Computes a step. Returns its losses, and the names of `unseen` tensors with values out of range. */
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

  #updateSchedule(losses: L): void {
    const metric = this.#algorithm.monitor(losses as never);
    this.#schedule = this.#settings.schedule.update(this.#schedule, metric);
  }

  get #parts(): Parts {
    return { algorithm: this.#algorithm, trained: this.#trained };
  }

  /** Begins a transaction of everything that a step or `restore` changes. */
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

  /** Trains for a number of epochs. */
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
          if (this.#settings.schedule.per !== 'step') this.#updateSchedule(losses as L);
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
   * Runs `use` while networks with a moving average (option `ema`) have their averaged weights, for example to sample images or
   * to save the model. The networks get their own weights back afterwards. Without averages it only runs `use`.
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

  /** Returns the state from which training resumes, as plain data. During a step, it waits for the end of the step. */
  async state(): Promise<TrainerState> {
    this.checkReady('state');
    const stepping = this.#queue.isBusy;
    return await this.#queue.run(async () => {
      if (stepping) await nextTask(); // `fit` counts the step after its end
      this.checkReady('state');
      return await this.#read();
    });
  }

  async #read(): Promise<TrainerState> {
    const { name } = this.#algorithm;
    const head = {
      format: 'ts-cyclegan-trainer',
      version: stateVersion,
      algorithm: { name, options: this.options },
      epoch: this.#epoch,
      step: this.#step,
      schedule: { ...this.#schedule },
      running: this.#running && { ...this.#running, sums: { ...this.#running.sums } },
      random: this.#random.state(),
      callbacks: { ...this.#callbackStates, ...callbackStates(this.#callbacks) },
    } as const;
    return { ...head, ...(await readParts(this.#parts)) };
  }

  /**
   * All options that apply, as plain data. The constructor of the trainer accepts them, except for losses and schedules of your
   * own: these are named only.
   */
  abstract get options(): Readonly<Record<string, unknown>>;

  /**
   * Resumes from the {@link Trainer.state} of a trainer with the same algorithm and networks. The whole state is checked before
   * anything changes.
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

  /** Frees the trainer's memory. The model is not disposed. */
  dispose(): void {
    this.#disposed = true;
    const parts = [...Object.values(this.#trained), ...Object.values(this.#algorithm.stateful)];
    for (const part of parts) part.dispose();
  }

  /** `using trainer = …` disposes the trainer at the end of the block. */
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
        `${where}: networks have their averaged weights until withAverages ends. Await it first.`,
      );
    }
  }
}
