/** The options of `Pix2PixTrainer`. */
import { CycleGANError } from '../../../core/errors.js';
import { frozenCopy } from '../../../core/frozen-copy.js';
import {
  finiteNumber,
  optional,
  resolveOptions,
  satisfying,
  show,
  withDefault,
} from '../../../core/options.js';
import { anySeed } from '../../../core/random.js';
import { adversarialLoss, type SeparableMode } from '../../../losses/adversarial/adversarial-loss.js';
import {
  type AdversarialLoss,
  fixedLoss,
  isAdversarialLoss,
  isSeparable,
  type SeparableLoss,
} from '../../../losses/adversarial/loss.js';
import type { Pix2Pix } from '../../../models/pix2pix.js';
import { pix2pixNames } from '../../../models/pix2pix-options.js';
import type { AdamOptions } from '../../engine/adam.js';
import type { EngineSettings } from '../../engine/options.js';
import {
  commonOptions,
  type LearningRates,
  own,
  ratesOf,
  trainerEntries,
  type TrainerOptions,
} from '../trainer-options.js';
import { fixedSchedule, linearSchedule, scheduleFrom } from '../../engine/schedules.js';
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
  adversarial: withDefault(
    satisfying<SeparableMode | SeparableLoss>(
      (value) => typeof value === 'string' || isAdversarialLoss(value),
      'a mode of adversarialLoss, or an adversarial loss',
    ),
    'vanilla',
  ),
  lambdaL1: withDefault(finiteNumber(0), 100),
};

/** The resolved options of a trainer, frozen. `setLearningRate` and `setLossWeights` replace them. */
export interface Pix2PixTrainerSettings extends EngineSettings {
  readonly learningRate: LearningRates;
  /** The adversarial loss and the loss weights. */
  readonly loss: Readonly<Pix2PixLossWeights>;
  /** The mode of the adversarial loss, or the name of a loss of your own. */
  readonly adversarial: string;
  readonly adam: Readonly<Required<AdamOptions>>;
  readonly ema: number;
}

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
    loss: Object.freeze({ adversarial: lossOf(adversarial), lambdaL1 }),
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

/** A loss with D_real and D_fake. */
function lossOf(adversarial: SeparableMode | SeparableLoss): SeparableLoss {
  const loss: AdversarialLoss =
    typeof adversarial === 'string'
      ? adversarialLoss(adversarial)
      : fixedLoss(adversarial, 'discriminatorReal', 'discriminatorFake');
  if (isSeparable(loss)) return loss;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "adversarial" must be a loss with the functions discriminatorReal and discriminatorFake, got ` +
      `${show(loss.name)}. Losses that compare real images with fakes have none; use "vanilla" or "lsgan", for example.`,
  );
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
