/** A training run as those see it who take part in it: `fit` and the callbacks. `CycleGANTrainer` is one. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../core/random.js';
import type { CycleGAN } from '../models/cyclegan.js';
import type { Losses } from './losses.js';
import type { TrainerSettings } from './options.js';
import type { TrainerState } from './state.js';

/** What callbacks can read and do; see `CycleGANTrainer`. */
export interface Training {
  readonly model: CycleGAN;
  /** All options, none left out. */
  readonly settings: TrainerSettings;
  /** Where everything random in training comes from. */
  readonly random: Random;
  /** Set it, and `fit` ends. */
  stopTraining: boolean;
  /** Epochs done. */
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  /** The learning rates of the next step. */
  readonly learningRate: { generator: number; discriminator: number };
  /** One step. */
  trainStep(a: tf.Tensor3D | tf.Tensor4D, b: tf.Tensor3D | tf.Tensor4D): Promise<Losses>;
  /** Runs `use` while the generators have their averaged weights. */
  withAverages<T>(use: () => T | Promise<T>): Promise<T>;
  /** Everything that training goes on from. */
  state(): Promise<TrainerState>;
}
