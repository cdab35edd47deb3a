/** Options that every trainer has, and what the engine works with. */
import * as v from 'valibot';
import {
  finiteNumber,
  oneOf,
  optional,
  satisfying,
  shareBelowOne,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import type { MemoryUse } from './plan.js';
import type { Schedule } from './schedules.js';

/** Learning rates of the generators and of the discriminators. */
export type LearningRates = Readonly<Record<'generator' | 'discriminator', number>>;

/** Options of every trainer. */
export interface TrainerOptions {
  /**
   * First learning rate, of all networks or each kind.
   * @default 2e-4
   */
  learningRate?: number | { generator: number; discriminator: number };
  /**
   * How many epochs training is planned for; the default schedule depends on it.
   * @default 200
   */
  epochs?: number;
  /** How the learning rate changes from epoch to epoch. */
  schedule?: Schedule;
  /**
   * How many steps' gradients are averaged for one update of the weights.
   * @default 1
   */
  accumulate?: number;
  /**
   * Decay of an exponential moving average of the generators' weights, 0.999 for example; 0 for none.
   * @default 0
   */
  ema?: number;
  /**
   * How much memory a step may take; the values are the same.
   * `fast`: calls of a network on several inputs (fake and identity, real and fake) become one call, where its
   * norm treats each image by itself: fewer and larger kernels; and the branches of a step (A → B → A and B → A → B) run at the
   * same time where the backend can (the ONNX Runtime backend in Node). `balanced`: each image by itself. `low`: branches are
   * differentiated one after the other, so that the memory of one is free before the other begins.
   * @default `fast` for images of at most 128 × 128 pixels, `low` for larger ones
   */
  memory?: MemoryUse;
  /**
   * Seed of all that is random in training: order, crops, flips, pools, noise, penalties, dropout.
   * @default the model's seed
   */
  seed?: number;
}

/** What the engine works with. All of it is frozen; `setLearningRate` replaces the rates. */
export interface EngineSettings {
  readonly learningRate: LearningRates;
  readonly epochs: number;
  readonly schedule: Schedule;
  readonly accumulate: number;
  readonly memory: MemoryUse | undefined;
  readonly seed: number;
}

const positive = () => v.pipe(finiteNumber(0), v.gtValue(0, 'a number above 0'));

/** A learning rate of all networks, or one of each kind. */
export const learningRate = v.union(
  [positive(), v.strictObject({ generator: positive(), discriminator: positive() })],
  'a number above 0, or { generator, discriminator }',
);

/** Schemas of {@link TrainerOptions}. */
export const trainerEntries = {
  learningRate: withDefault(learningRate, 2e-4),
  epochs: withDefault(wholeNumber(1), 200),
  schedule: optional(
    satisfying<Schedule>(
      (value) => typeof (value as Schedule | undefined)?.update === 'function',
      'a schedule',
    ),
  ),
  accumulate: withDefault(wholeNumber(1), 1),
  ema: withDefault(shareBelowOne(), 0),
  memory: optional(oneOf('low', 'balanced', 'fast')),
  seed: optional(wholeNumber(0)),
};

/** The rate of each kind. */
export const ratesOf = (rate: number | LearningRates): LearningRates =>
  Object.freeze(typeof rate === 'number' ? { generator: rate, discriminator: rate } : { ...rate });
