/** The options of `Pix2PixTrainer`. */
import { CycleGANError } from '../../../core/errors.js';
import { frozenCopy } from '../../../core/frozen-copy.js';
import { finiteNumber, optional, resolveOptions, show, withDefault } from '../../../core/options.js';
import { anySeed } from '../../../core/random.js';
import type { SeparableMode } from '../../../losses/adversarial/adversarial-loss.js';
import type { SeparableLoss } from '../../../losses/adversarial/loss.js';
import type { Pix2Pix } from '../../../models/pix2pix.js';
import { pix2pixNames } from '../../../models/pix2pix-options.js';
import { commonOptions, own, ratesOf, trainerEntries, type TrainerOptions } from '../trainer-options.js';
import { fixedSchedule, linearSchedule, scheduleFrom } from '../../engine/schedules.js';
import type { ImageTrainerSettings } from '../image-trainer-settings.js';
import { separableEntry, separableLossOf } from '../separable-loss.js';
import { adamEntries, adamOf, type TrainerAdamOptions } from '../adam-options.js';
import type { Pix2PixLossWeights } from './algorithm.js';

/** Options of `Pix2PixTrainer`. The defaults are those of PyTorch's pix2pix. */
export interface Pix2PixTrainerOptions extends TrainerOptions, TrainerAdamOptions {
  /**
   * A mode of `adversarialLoss`, or a loss object: the result of `adversarialLoss`, or your own. The loss of its discriminator must
   * be the sum of a loss for real images and one for fakes. Penalties get whole pairs. PyTorch: `--gan_mode`.
   * @default 'vanilla'
   */
  adversarial?: SeparableMode | SeparableLoss;
  /**
   * Weight of the distance from the target. PyTorch: `--lambda_L1`.
   * @default 100
   */
  lambdaL1?: number;
}

/** Schemas of {@link Pix2PixTrainerOptions}. */
export const pix2pixTrainerEntries = {
  ...trainerEntries,
  ...adamEntries,
  adversarial: withDefault(separableEntry, 'vanilla'),
  lambdaL1: withDefault(finiteNumber(0), 100),
};

/** The resolved options of a trainer, frozen. `setLearningRate` and `setLossWeights` replace them. */
export type Pix2PixTrainerSettings = ImageTrainerSettings<Pix2PixLossWeights>;

const where = 'Pix2PixTrainer';

/** Checks the options and fills in the defaults. */
export function resolveTrainerOptions(
  model: Pix2Pix,
  options: Pix2PixTrainerOptions,
): Pix2PixTrainerSettings {
  if (!pix2pixNames.every((name) => (model as Partial<Pix2Pix> | undefined)?.[name] !== undefined)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected a Pix2Pix as first argument, got ${show(model)}. Options come second.`,
    );
  }
  const resolved = resolveOptions(where, pix2pixTrainerEntries, options);
  const { adversarial, lambdaL1, learningRate, epochs, accumulate, ema, memory } = resolved;
  const half = Math.ceil(epochs / 2);
  return Object.freeze({
    loss: Object.freeze({ adversarial: separableLossOf(where, adversarial), lambdaL1 }),
    adversarial: typeof adversarial === 'string' ? adversarial : own(adversarial.name),
    learningRate: ratesOf(learningRate),
    adam: adamOf(resolved, model.convention),
    epochs,
    schedule: fixedSchedule(
      scheduleFrom(where, resolved.schedule ?? linearSchedule({ epochs: half, decayEpochs: epochs - half })),
    ),
    accumulate,
    ema,
    memory,
    seed: resolved.seed ?? model.options?.seed ?? anySeed(),
  });
}

/** The options of these settings, as plain data. */
export function trainerOptions(settings: Pix2PixTrainerSettings): Readonly<Record<string, unknown>> {
  const { adversarial, loss, adam } = settings;
  const { beta1, beta2, epsilon } = adam;
  const own = { adversarial, lambdaL1: loss.lambdaL1, beta1, beta2, epsilon };
  return frozenCopy({ ...own, ...commonOptions(settings) });
}

const weightEntries = { lambdaL1: optional(finiteNumber(0)) };

/** A copy of the loss weights with these changes. */
export function resolveLossWeights(
  loss: Pix2PixLossWeights,
  changes: Partial<Pick<Pix2PixLossWeights, 'lambdaL1'>>,
): Pix2PixLossWeights {
  const { lambdaL1 = loss.lambdaL1 } = resolveOptions(`${where}.setLossWeights`, weightEntries, changes);
  return Object.freeze({ ...loss, lambdaL1 });
}
