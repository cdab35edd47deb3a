/** The interface of a trainer for `fit` and callbacks. */
import type { Random } from '../../core/random.js';
import type { EngineSettings } from './options.js';
import type { TrainerState } from './state.js';

/** The interface of a trainer for callbacks. */
export interface Training<Model = unknown> {
  readonly model: Model;
  /** Name of the algorithm. */
  readonly algorithm: string;
  /** All options that apply, as plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The resolved options. */
  readonly settings: EngineSettings;
  /** The source of everything random in training. */
  readonly random: Random;
  /** Set it to true to end `fit` after the current step. */
  stopTraining: boolean;
  /** Seconds that the current or last `fit` has waited for images, the first batch included. */
  waited: number;
  /** Completed epochs. */
  readonly epoch: number;
  /** Completed steps. */
  readonly step: number;
  /** The learning rates of the next step. */
  readonly learningRate: Readonly<Record<string, number>>;
  /** Runs `use` while networks with a moving average have their averaged weights. */
  withAverages<T>(use: () => T | Promise<T>): Promise<T>;
  /** Returns the state from which training resumes. */
  state(): Promise<TrainerState>;
}
