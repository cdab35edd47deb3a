/** The options of `CUTTrainer`. */
import { CycleGANError } from '../../../core/errors.js';
import { frozenCopy } from '../../../core/frozen-copy.js';
import {
  finiteNumber, flag, oneOf, optional, positiveNumber, resolveOptions, show, wholeNumber, withDefault,
} from '../../../core/options.js'; // prettier-ignore
import { anySeed } from '../../../core/random.js';
import type { SeparableMode } from '../../../losses/adversarial/adversarial-loss.js';
import type { SeparableLoss } from '../../../losses/adversarial/loss.js';
import type { CUT } from '../../../models/cut.js';
import { cutNames } from '../../../models/cut-options.js';
import { fixedSchedule, linearSchedule, scheduleFrom } from '../../engine/schedules.js';
import { adamEntries, adamOf, type TrainerAdamOptions } from '../adam-options.js';
import type { ImageTrainerSettings } from '../image-trainer-settings.js';
import { separableEntry, separableLossOf } from '../separable-loss.js';
import { commonOptions, own, ratesOf, trainerEntries, type TrainerOptions } from '../trainer-options.js';
import type { CUTLossWeights, PatchSettings } from './algorithm.js';

/** Options of `CUTTrainer`. The defaults are those of CUT's PyTorch program. */
export interface CUTTrainerOptions extends TrainerOptions, TrainerAdamOptions {
  /**
   * The recipe of the paper, or its faster variant, which does not compare B's images. It determines other defaults:
   * whether B's images are compared, `lambdaNce`, `flipEquivariance`, the epochs and the schedule. PyTorch: `--CUT_mode`.
   * @default 'cut'
   */
  preset?: 'cut' | 'fastcut';
  /**
   * The adversarial loss, by its mode. A program may also pass a loss object: the result of `adversarialLoss`, or your own. The loss of
   * its discriminator must be the sum of a loss for real images and one for fakes. PyTorch: `--gan_mode`.
   * @default 'lsgan'
   */
  adversarial?: SeparableMode | SeparableLoss;
  /**
   * Weight of the adversarial loss of the generator. PyTorch: `--lambda_GAN`.
   * @default 1
   */
  lambdaGan?: number;
  /**
   * Weight of the comparison of patches. PyTorch: `--lambda_NCE`.
   * @default 1; fastcut: 10
   */
  lambdaNce?: number;
  /**
   * Whether patches of B's images are compared with what the generator makes of them, so that it changes them little. PyTorch:
   * `--nce_idt`.
   * @default true; fastcut: false
   */
  identity?: boolean;
  /**
   * The temperature by which similarities of patches are divided. PyTorch: `--nce_T`.
   * @default 0.07
   */
  nceTemperature?: number;
  /**
   * Patches of an image that are compared with each other, in each layer. PyTorch: `--num_patches`.
   * @default 256
   */
  patches?: number;
  /**
   * Whether the generator gets the images of half of the steps flipped from left to right, while their patches are compared with
   * those of the images as they are. PyTorch: `--flip_equivariance`.
   * @default false; fastcut: true
   */
  flipEquivariance?: boolean;
  /**
   * Number of epochs. The learning rate decays to 0 over the last half of them, and with fastcut over the last quarter.
   * @default 400; fastcut: 200
   */
  epochs?: number;
}

/** Schemas of {@link CUTTrainerOptions}. */
export const cutTrainerEntries = {
  ...trainerEntries,
  ...adamEntries,
  preset: withDefault(oneOf('cut', 'fastcut'), 'cut'),
  adversarial: withDefault(separableEntry, 'lsgan'),
  lambdaGan: withDefault(finiteNumber(0), 1),
  lambdaNce: optional(finiteNumber(0)),
  identity: optional(flag()),
  nceTemperature: withDefault(positiveNumber(), 0.07),
  patches: withDefault(wholeNumber(1), 256),
  flipEquivariance: optional(flag()),
  epochs: optional(wholeNumber(1)),
};

/** The resolved options of a trainer, frozen. `setLearningRate` and `setLossWeights` replace them. */
export interface CUTTrainerSettings extends ImageTrainerSettings<CUTLossWeights>, PatchSettings {
  readonly preset: 'cut' | 'fastcut';
}

const where = 'CUTTrainer';

/** The defaults of CUT's program. `decay` is the part of the epochs over which the learning rate decays. */
export const presets = {
  cut: { lambdaNce: 1, identity: true, flipEquivariance: false, epochs: 400, decay: 1 / 2 },
  fastcut: { lambdaNce: 10, identity: false, flipEquivariance: true, epochs: 200, decay: 1 / 4 },
} as const;

/** Checks the options and fills in the defaults. */
export function resolveTrainerOptions(model: CUT, options: CUTTrainerOptions): CUTTrainerSettings {
  if (!cutNames.every((name) => (model as Partial<CUT> | undefined)?.[name] !== undefined)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected a CUT as first argument, got ${show(model)}. Options come second.`,
    );
  }
  const resolved = resolveOptions(where, cutTrainerEntries, options);
  const { preset, adversarial, lambdaGan, nceTemperature, patches, accumulate, ema, memory } = resolved;
  const defaults = presets[preset];
  const {
    lambdaNce = defaults.lambdaNce,
    identity = defaults.identity,
    flipEquivariance = defaults.flipEquivariance,
    epochs = defaults.epochs,
  } = resolved;
  const decayEpochs = Math.floor(epochs * defaults.decay);
  return Object.freeze({
    preset,
    loss: Object.freeze({ adversarial: separableLossOf(where, adversarial), lambdaGan, lambdaNce }),
    adversarial: typeof adversarial === 'string' ? adversarial : own(adversarial.name),
    identity,
    nceTemperature,
    patches,
    flipEquivariance,
    learningRate: ratesOf(resolved.learningRate),
    adam: adamOf(resolved, model.convention),
    epochs,
    schedule: fixedSchedule(
      scheduleFrom(where, resolved.schedule ?? linearSchedule({ epochs: epochs - decayEpochs, decayEpochs })),
    ),
    accumulate,
    ema,
    memory,
    seed: resolved.seed ?? model.options?.seed ?? anySeed(),
  });
}

/** The options of these settings, as plain data. */
export function trainerOptions(settings: CUTTrainerSettings): Readonly<Record<string, unknown>> {
  const { preset, adversarial, loss, identity, nceTemperature, patches, flipEquivariance, adam } = settings;
  const { lambdaGan, lambdaNce } = loss;
  const { beta1, beta2, epsilon } = adam;
  const weights = { lambdaGan, lambdaNce, identity, nceTemperature, patches, flipEquivariance };
  return frozenCopy({ preset, adversarial, ...weights, beta1, beta2, epsilon, ...commonOptions(settings) });
}

const weightEntries = { lambdaGan: optional(finiteNumber(0)), lambdaNce: optional(finiteNumber(0)) };

/** A copy of the loss weights with these changes. */
export function resolveLossWeights(
  loss: CUTLossWeights,
  changes: Partial<Pick<CUTLossWeights, 'lambdaGan' | 'lambdaNce'>>,
): CUTLossWeights {
  const { lambdaGan = loss.lambdaGan, lambdaNce = loss.lambdaNce } = resolveOptions(
    `${where}.setLossWeights`,
    weightEntries,
    changes,
  );
  return Object.freeze({ ...loss, lambdaGan, lambdaNce });
}
