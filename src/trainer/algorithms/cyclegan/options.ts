/** The options of `CycleGANTrainer`, and what the two conventions make their defaults. */
import { CycleGANError } from '../../../core/errors.js';
import {
  finiteNumber, oneOf, optional, resolveOptions, satisfying, show, wholeNumber, withDefault,
} from '../../../core/options.js'; // prettier-ignore
import { anySeed } from '../../../core/random.js';
import { adversarialLoss, type AdversarialMode } from '../../../losses/adversarial/adversarial-loss.js';
import { type AdversarialLoss, fixedLoss, isAdversarialLoss } from '../../../losses/adversarial/loss.js';
import type { CycleGAN } from '../../../models/cyclegan.js';
import { networkNames } from '../../../models/cyclegan-options.js';
import type { Convention } from '../../../core/convention.js';
import type { AdamOptions } from '../../engine/adam.js';
import { type EngineSettings, ratesOf, trainerEntries, type TrainerOptions } from '../../engine/options.js';
import { constantSchedule, fixedSchedule, linearSchedule } from '../../engine/schedules.js';
import { adamEntries, adamOf, type TrainerAdamOptions } from '../adam-options.js';
import type { CycleGANLossWeights } from './algorithm.js';

/** Options of `CycleGANTrainer`. */
export interface CycleGANTrainerOptions extends TrainerOptions, TrainerAdamOptions {
  /**
   * Whose training step: `pytorch` (P, the paper): one joint loss for the generators, image pools of 50,
   * learning rate going down over the second half of the epochs. `keras` (K): a cycle trains only the
   * generator that closes it, no pool, constant learning rate, Adam in TensorFlow's form.
   * @default the model's convention
   */
  objective?: Convention;
  /**
   * A mode of `adversarialLoss`; or a loss: what `adversarialLoss` gives, with an R1 penalty say, or one of your own.
   * @default 'lsgan'
   */
  adversarial?: AdversarialMode | AdversarialLoss;
  /**
   * Weight of the cycle A → B → A; P: `lambda_A`, K: `lambda_cycle`.
   * @default 10
   */
  lambdaA?: number;
  /**
   * Weight of the cycle B → A → B; P: `lambda_B`.
   * @default 10
   */
  lambdaB?: number;
  /**
   * Weight of the identity losses, relative to λ_B and λ_A; 0 for none.
   * @default 0.5, and 0 where A's and B's pictures differ in channels
   */
  lambdaIdentity?: number;
  /**
   * How many fakes of either domain the discriminators' image pools hold; 0 for none.
   * @default pytorch: 50; keras: 0
   */
  poolSize?: number;
}

const entries = {
  ...trainerEntries,
  objective: optional(oneOf('keras', 'pytorch')),
  adversarial: withDefault(
    satisfying<AdversarialMode | AdversarialLoss>(
      (value) => typeof value === 'string' || isAdversarialLoss(value),
      'a mode of adversarialLoss, or an adversarial loss with the functions discriminator and generator',
    ),
    'lsgan',
  ),
  lambdaA: withDefault(finiteNumber(0), 10),
  lambdaB: withDefault(finiteNumber(0), 10),
  lambdaIdentity: optional(finiteNumber(0)),
  ...adamEntries,
  poolSize: optional(wholeNumber(0)),
};

/** What a trainer works with, frozen. `setLearningRate` and `setLossWeights` replace them. */
export interface CycleGANTrainerSettings extends EngineSettings {
  /** Whose training step. */
  readonly objective: Convention;
  /** What it minimises. */
  readonly loss: Readonly<CycleGANLossWeights>;
  readonly adam: Readonly<AdamOptions>;
  readonly poolSize: number;
  readonly ema: number;
}

/** Checks the options and fills in the objective's defaults. */
export function resolveTrainerOptions(
  model: CycleGAN,
  options: CycleGANTrainerOptions,
): CycleGANTrainerSettings {
  if (!networkNames.every((name) => (model as Partial<CycleGAN> | undefined)?.[name] !== undefined)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `CycleGANTrainer: expected a CycleGAN as first argument, got ${show(model)}. Options come second.`,
    );
  }
  const resolved = resolveOptions('CycleGANTrainer', entries, options);
  const {
    objective: convention = model.convention,
    adversarial,
    lambdaA,
    lambdaB,
    learningRate,
    epochs,
  } = resolved;
  const keras = convention === 'keras';
  const sameChannels = checkIdentity('CycleGANTrainer', model, resolved.lambdaIdentity);
  const half = Math.ceil(epochs / 2);
  return Object.freeze({
    objective: convention,
    loss: Object.freeze({
      adversarial: typeof adversarial === 'string' ? adversarialLoss(adversarial) : fixedLoss(adversarial),
      lambdaA,
      lambdaB,
      lambdaIdentity: resolved.lambdaIdentity ?? (sameChannels ? 0.5 : 0),
      wholeCycle: !keras,
    }),
    learningRate: ratesOf(learningRate),
    adam: adamOf(resolved, convention),
    epochs,
    schedule: fixedSchedule(
      resolved.schedule ??
        (keras ? constantSchedule() : linearSchedule({ epochs: half, decayEpochs: epochs - half })),
    ),
    poolSize: resolved.poolSize ?? (keras ? 0 : 50),
    accumulate: resolved.accumulate,
    ema: resolved.ema,
    memory: resolved.memory,
    seed: resolved.seed ?? model.options?.seed ?? anySeed(),
  });
}

/**
 * Refuses an identity loss between images of different channels.
 *
 * @returns whether A's and B's images have the same channels
 */
function checkIdentity(where: string, model: CycleGAN, lambdaIdentity = 0): boolean {
  const channels = [model.generatorG, model.generatorF].map((network) => network.inputs[0]!.shape[3]);
  const same = channels[0] === channels[1];
  if (!same && lambdaIdentity > 0) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "lambdaIdentity" must be 0 for images of ${channels.join(' and ')} channels, ` +
        `got ${lambdaIdentity}: a generator cannot be given the images that it makes.`,
    );
  }
  return same;
}

/** Weights of the losses that may change while training. */
export type LossWeights = Partial<Pick<CycleGANLossWeights, 'lambdaA' | 'lambdaB' | 'lambdaIdentity'>>;

const weightEntries = {
  lambdaA: optional(finiteNumber(0)),
  lambdaB: optional(finiteNumber(0)),
  lambdaIdentity: optional(finiteNumber(0)),
};

/** Loss weights with some of them changed. */
export function resolveLossWeights(
  where: string,
  model: CycleGAN,
  loss: CycleGANLossWeights,
  changes: LossWeights,
): CycleGANLossWeights {
  const resolved = resolveOptions(where, weightEntries, changes);
  checkIdentity(where, model, resolved.lambdaIdentity);
  const given = Object.entries(resolved).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...loss, ...Object.fromEntries(given) });
}
