/** The options of `CycleGANTrainer`, and their defaults in each convention. */
import type { Convention } from '../../../core/convention.js';
import { CycleGANError } from '../../../core/errors.js';
import { frozenCopy } from '../../../core/frozen-copy.js';
import {
  finiteNumber, oneOf, optional, resolveOptions, satisfying, show, wholeNumber, withDefault,
} from '../../../core/options.js'; // prettier-ignore
import { anySeed } from '../../../core/random.js';
import { adversarialLoss, type AdversarialMode } from '../../../losses/adversarial/adversarial-loss.js';
import { type AdversarialLoss, fixedLoss, isAdversarialLoss } from '../../../losses/adversarial/loss.js';
import type { AugmentPolicy } from '../../../augment/augment.js';
import type { CycleGAN } from '../../../models/cyclegan.js';
import { networkNames } from '../../../models/cyclegan-options.js';
import { commonOptions, own, ratesOf, trainerEntries, type TrainerOptions } from '../trainer-options.js';
import { constantSchedule, fixedSchedule, linearSchedule, scheduleFrom } from '../../engine/schedules.js';
import type { ImageTrainerSettings } from '../image-trainer-settings.js';
import { augmentEntry } from '../augmentation.js';
import { adamEntries, adamOf, type TrainerAdamOptions } from '../adam-options.js';
import type { CycleGANLossWeights } from './algorithm.js';

/** Options of `CycleGANTrainer`. */
export interface CycleGANTrainerOptions extends TrainerOptions, TrainerAdamOptions {
  /**
   * The training step of the paper's PyTorch program, or of the Keras example.
   * - `pytorch`: one joint loss trains both generators, image pools hold 50 images, the learning rate decays to 0
   *   over the second half of the epochs, and Adam adds ε after the bias correction.
   * - `keras`: a cycle trains only the generator that closes it, there is no image pool, the learning rate is constant, and
   *   Adam adds ε before the bias correction.
   * @default the model's convention
   */
  convention?: Convention;
  /**
   * The adversarial loss, by its mode. A program may also pass a loss object: the result of `adversarialLoss`, of `ganLoss`, or your own.
   * @default 'lsgan'
   */
  adversarial?: AdversarialMode | AdversarialLoss;
  /**
   * Weight of the cycle A → B → A. PyTorch: `lambda_A`, Keras: `lambda_cycle`.
   * @default 10
   */
  lambdaA?: number;
  /**
   * Weight of the cycle B → A → B. PyTorch: `lambda_B`, Keras: `lambda_cycle`.
   * @default 10
   */
  lambdaB?: number;
  /**
   * Weight of the identity losses, relative to `lambdaB` and `lambdaA`. 0 turns them off.
   * @default 0.5; 0 if A's and B's images differ in channels
   */
  lambdaIdentity?: number;
  /**
   * Size of the image pool of each domain, from which the discriminators get fakes. 0 turns pools off.
   * @default pytorch: 50; keras: 0
   */
  poolSize?: number;
  /**
   * Random changes of all images that the discriminators see, real and fake, so that few images are not learned by heart:
   * policies of DiffAugment (Zhao et al. 2020), in the order of their use. Generators get and make images without these changes.
   * @default none
   */
  augment?: readonly AugmentPolicy[];
}

/** Schemas of {@link CycleGANTrainerOptions}. */
export const cycleGANTrainerEntries = {
  ...trainerEntries,
  convention: optional(oneOf('keras', 'pytorch')),
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
  augment: augmentEntry,
};

/** The resolved options of a trainer, frozen. `setLearningRate` and `setLossWeights` replace them. */
export interface CycleGANTrainerSettings extends ImageTrainerSettings<CycleGANLossWeights> {
  /** The convention of the training step and of Adam. */
  readonly convention: Convention;
  readonly poolSize: number;
  /** Random changes of the images that discriminators see. */
  readonly augment: readonly AugmentPolicy[];
}

/** Checks the options and fills in the defaults of the convention. */
export function resolveTrainerOptions(
  model: CycleGAN,
  options: CycleGANTrainerOptions,
): CycleGANTrainerSettings {
  if (!networkNames.every((name) => (model as Partial<CycleGAN> | undefined)?.[name] !== undefined)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `CycleGANTrainer: expected a CycleGAN as the first argument, got ${show(model)}. Pass options second.`,
    );
  }
  const resolved = resolveOptions('CycleGANTrainer', cycleGANTrainerEntries, options);
  const { convention = model.convention, adversarial, lambdaA, lambdaB, learningRate, epochs } = resolved;
  const keras = convention === 'keras';
  const sameChannels = checkIdentity('CycleGANTrainer', model, resolved.lambdaIdentity);
  const half = Math.ceil(epochs / 2);
  return Object.freeze({
    convention,
    loss: Object.freeze({
      adversarial: typeof adversarial === 'string' ? adversarialLoss(adversarial) : fixedLoss(adversarial),
      lambdaA,
      lambdaB,
      lambdaIdentity: resolved.lambdaIdentity ?? (sameChannels ? 0.5 : 0),
      wholeCycle: !keras,
    }),
    adversarial: typeof adversarial === 'string' ? adversarial : own(adversarial.name),
    learningRate: ratesOf(learningRate),
    adam: adamOf(resolved, convention),
    epochs,
    schedule: fixedSchedule(
      scheduleFrom(
        'CycleGANTrainer',
        resolved.schedule ??
          (keras ? constantSchedule() : linearSchedule({ epochs: half, decayEpochs: epochs - half })),
      ),
    ),
    poolSize: resolved.poolSize ?? (keras ? 0 : 50),
    augment: resolved.augment,
    accumulate: resolved.accumulate,
    ema: resolved.ema,
    memory: resolved.memory,
    seed: resolved.seed ?? model.options?.seed ?? anySeed(),
  });
}

/** The options of these settings, as plain data. */
export function trainerOptions(settings: CycleGANTrainerSettings): Readonly<Record<string, unknown>> {
  const { convention, adversarial, loss, adam, poolSize, augment } = settings;
  const { lambdaA, lambdaB, lambdaIdentity } = loss;
  const { beta1, beta2, epsilon } = adam;
  const weights = { lambdaA, lambdaB, lambdaIdentity };
  const own = { convention, adversarial, ...weights, beta1, beta2, epsilon, poolSize, augment };
  return frozenCopy({ ...own, ...commonOptions(settings) });
}

/**
 * Refuses identity losses if A's and B's images differ in channels.
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
        `got ${lambdaIdentity}: a generator cannot take images of its own output's channels.`,
    );
  }
  return same;
}

/** Loss weights that can be changed while training. */
export type LossWeights = Partial<Pick<CycleGANLossWeights, 'lambdaA' | 'lambdaB' | 'lambdaIdentity'>>;

const weightEntries = {
  lambdaA: optional(finiteNumber(0)),
  lambdaB: optional(finiteNumber(0)),
  lambdaIdentity: optional(finiteNumber(0)),
};

/** A copy of the loss weights with these changes. */
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
