/** The options that the trainers of all algorithms share. */
import { oneOf, optional, satisfying, shareBelowOne, wholeNumber, withDefault } from '../../core/options.js';
import { learningRateOf } from '../engine/options.js';
import type { MemoryUse } from '../engine/plan.js';
import type { EngineSettings } from '../engine/options.js';
import type { Schedule, ScheduleConfig } from '../engine/schedules.js';

/** Learning rates of the generators and of the discriminators. */
export type LearningRates = Readonly<Record<'generator' | 'discriminator', number>>;

/** Options of every trainer. */
export interface TrainerOptions {
  /**
   * Initial learning rate: one for all networks, or one for generators and one for discriminators.
   * @default 2e-4
   */
  learningRate?: number | { generator: number; discriminator: number };
  /**
   * Number of epochs. The default schedule depends on it.
   * @default 200
   */
  epochs?: number;
  /**
   * How the learning rate changes from epoch to epoch, or from step to step: a schedule, or its plain data such as
   * `{ name: 'linear', steps: 600, decaySteps: 600 }`.
   */
  schedule?: Schedule | ScheduleConfig;
  /**
   * Number of steps whose gradients are averaged for one update of the weights.
   * @default 1
   */
  accumulate?: number;
  /**
   * Decay of an exponential moving average of the generators' weights, for example 0.999. 0 turns it off.
   * @default 0
   */
  ema?: number;
  /**
   * How much memory a step uses. The results are the same up to rounding.
   * - `fast`: several calls of a network (fake and identity, real and fake) become one call on a larger batch, unless layers
   *   mix the images of a batch. The branches of a step (A → B → A and B → A → B) run at the same time if the backend supports
   *   it (the ONNX Runtime backend in Node does).
   * - `balanced`: each call is separate.
   * - `low`: the gradients of branches are computed one after the other, so the memory of one is free before the next starts.
   * @default `fast` up to 128 × 128 pixels, `low` for larger images
   */
  memory?: MemoryUse;
  /**
   * Seed of everything random in training: order, crops, flips, pools, augmentation, noise, penalties, dropout.
   * @default the model's seed
   */
  seed?: number;
}

const kinds = ['generator', 'discriminator'] as const;

/** One learning rate for all networks, or one of each kind. */
export const learningRate = learningRateOf(kinds);

/** Schemas of {@link TrainerOptions}. */
export const trainerEntries = {
  learningRate: withDefault(learningRate, 2e-4),
  epochs: withDefault(wholeNumber(1), 200),
  schedule: optional(
    satisfying<Schedule | ScheduleConfig>(
      (value) =>
        typeof (value as Schedule | undefined)?.update === 'function' ||
        typeof (value as ScheduleConfig | undefined)?.name === 'string',
      'a schedule, or an object with its name',
    ),
  ),
  accumulate: withDefault(wholeNumber(1), 1),
  ema: withDefault(shareBelowOne(), 0),
  memory: optional(oneOf('low', 'balanced', 'fast')),
  seed: optional(wholeNumber(0)),
};

/** The learning rate of each kind. */
export const ratesOf = (rate: number | LearningRates): LearningRates =>
  Object.freeze(typeof rate === 'number' ? { generator: rate, discriminator: rate } : { ...rate });

/** The name of a part of your own in {@link commonOptions}, where a part of this library has its name or its plain data. */
export const own = (name: string): string => `${name} (own)`;

/** The {@link TrainerOptions} of settings, as plain data. */
export const commonOptions = ({
  learningRate,
  epochs,
  schedule,
  accumulate,
  memory,
  ...rest
}: EngineSettings & {
  ema: number;
}) => ({
  learningRate: { ...learningRate },
  epochs,
  schedule: schedule.config ?? own(schedule.name),
  accumulate,
  ema: rest.ema,
  ...(memory !== undefined && { memory }),
  seed: rest.seed,
});
