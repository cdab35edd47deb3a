/** A training run as `fit` and callbacks see it. Every trainer is one. */
import type { Random } from '../../core/random.js';
import type { EngineSettings } from './options.js';
import type { TrainerState } from './state.js';

/** What callbacks can read and do. */
export interface Training<Model = unknown> {
  readonly model: Model;
  /** All options, none left out. */
  readonly settings: EngineSettings;
  /** Where everything random in training comes from. */
  readonly random: Random;
  /** Set it, and `fit` ends. */
  stopTraining: boolean;
  /** Epochs done. */
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  /** The learning rates of the next step. */
  readonly learningRate: Readonly<Record<string, number>>;
  /** Runs `use` while networks with moving averages have their averaged weights. */
  withAverages<T>(use: () => T | Promise<T>): Promise<T>;
  /** Everything that training resumes from. */
  state(): Promise<TrainerState>;
}
