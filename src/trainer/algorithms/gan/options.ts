/** The options of `GANTrainer`, whose defaults are those of the loss. */
import * as v from 'valibot';
import { CycleGANError } from '../../../core/errors.js';
import { frozenCopy } from '../../../core/frozen-copy.js';
import {
  finiteNumber, optional, resolveOptions, satisfying, shareBelowOne, show, wholeNumber,
} from '../../../core/options.js'; // prettier-ignore
import { anySeed } from '../../../core/random.js';
import { ganLoss } from '../../../losses/adversarial/gan-loss.js';
import { type AdversarialLoss, fixedLoss, isAdversarialLoss } from '../../../losses/adversarial/loss.js';
import { type GANLossName, type GANLossNeeds, ganNeeds } from '../../../losses/adversarial/needs.js';
import type { GAN } from '../../../models/gan.js';
import { adamRule } from '../../engine/adam.js';
import type { OptimizerRule } from '../../engine/optimizer.js';
import type { EngineSettings } from '../../engine/options.js';
import { commonOptions, type LearningRates, learningRate, own, ratesOf, trainerEntries, type TrainerOptions } from '../trainer-options.js'; // prettier-ignore
import { rmspropRule } from '../../engine/rmsprop.js';
import { constantSchedule, fixedSchedule, scheduleFrom } from '../../engine/schedules.js';
import type { TrainedLoss } from './losses.js';

/** Adam as in PyTorch: ε is added to the bias-corrected root. */
export interface GANAdam {
  name: 'adam';
  /**
   * @default the paper's, or 0.5
   */
  beta1?: number;
  /**
   * @default the paper's, or 0.999
   */
  beta2?: number;
  /**
   * @default 1e-8
   */
  epsilon?: number;
}

/** RMSProp as in PyTorch: v ← αv + (1−α)g², w ← w − lr·g/(√v + ε). */
export interface GANRMSProp {
  name: 'rmsprop';
  /**
   * Decay of the squared gradient's mean.
   * @default 0.99
   */
  alpha?: number;
  /**
   * @default 1e-8
   */
  epsilon?: number;
}

/** Options of `GANTrainer`. */
export interface GANTrainerOptions extends TrainerOptions {
  /**
   * The loss: a result of `ganLoss`, the name of a loss, or a loss of your own. The networks must fit it.
   * @default the loss that the model was built for
   */
  loss?: GANLossName | AdversarialLoss;
  /**
   * Updates of the discriminator for each update of the generator.
   * @default the paper's: 5 for `wgan` and `wgan-gp`, else 1
   */
  criticSteps?: number;
  /**
   * The rule that updates the weights.
   * @default the paper's: RMSProp for `wgan`, else Adam
   */
  optimizer?: GANAdam | GANRMSProp;
  /**
   * Initial learning rate: one for both networks, or one for the generator and one for the discriminator.
   * @default the paper's, see `ganLosses`
   */
  learningRate?: TrainerOptions['learningRate'] & {};
}

/** The resolved options of a trainer, frozen. `setLearningRate` replaces the learning rates. */
export interface GANTrainerSettings extends EngineSettings {
  readonly learningRate: LearningRates;
  readonly loss: TrainedLoss;
  /** The name of the loss, or of a loss of your own. */
  readonly lossName: string;
  readonly criticSteps: number;
  readonly optimizer: Readonly<Required<GANAdam>> | Readonly<Required<GANRMSProp>>;
  readonly ema: number;
}

const optimizers = v.variant('name', [
  v.strictObject({
    name: v.literal('adam'),
    beta1: optional(shareBelowOne()),
    beta2: optional(shareBelowOne()),
    epsilon: optional(finiteNumber(0)),
  }),
  v.strictObject({
    name: v.literal('rmsprop'),
    alpha: optional(shareBelowOne()),
    epsilon: optional(finiteNumber(0)),
  }),
]);

/** Schemas of {@link GANTrainerOptions}. */
export const ganTrainerEntries = {
  ...trainerEntries,
  learningRate: optional(learningRate),
  loss: optional(
    satisfying<GANLossName | AdversarialLoss>(
      (value) => typeof value === 'string' || isAdversarialLoss(value),
      'the name of a GAN loss, or a loss with the functions discriminator and generator',
    ),
  ),
  criticSteps: optional(wholeNumber(1)),
  optimizer: optional(
    satisfying<GANAdam | GANRMSProp>(
      (value) => v.is(optimizers, value),
      'an optimizer such as { name: "adam", beta1: 0.5, beta2: 0.999, epsilon: 1e-8 } or { name: "rmsprop", alpha: 0.99 }',
    ),
  ),
};

/** Checks the options and fills in the defaults. */
export function resolveGANTrainerOptions(model: GAN, options: GANTrainerOptions): GANTrainerSettings {
  const where = 'GANTrainer';
  if ((model as Partial<GAN> | undefined)?.structure === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected a GAN as first argument, got ${show(model)}. Options come second.`,
    );
  }
  const resolved = resolveOptions(where, ganTrainerEntries, options);
  const { epochs, accumulate, ema, memory, seed, schedule } = resolved;
  const given = resolved.loss ?? model.loss;
  const loss: TrainedLoss =
    typeof given === 'string'
      ? ganLoss(given)
      : fixedLoss<TrainedLoss>(
          given,
          'needs',
          'energy',
          'pullAway',
          'balance',
          'classification',
          'information',
        );
  checkFit(where, model, loss);
  const paper = (loss.needs ?? ganNeeds.gan).optimizer;
  const { name, beta1 = 0.5, beta2 = 0.999 } = paper;
  const optimizer = resolved.optimizer ?? { name };
  return Object.freeze({
    loss,
    lossName: typeof given === 'string' ? given : own(given.name),
    criticSteps: resolved.criticSteps ?? loss.needs?.criticSteps ?? 1,
    optimizer: Object.freeze(
      optimizer.name === 'adam'
        ? { beta1, beta2, epsilon: 1e-8, ...optimizer, name: 'adam' as const }
        : { alpha: 0.99, epsilon: 1e-8, ...optimizer, name: 'rmsprop' as const },
    ),
    learningRate: ratesOf(
      resolved.learningRate ?? { generator: paper.generator, discriminator: paper.discriminator },
    ),
    epochs,
    schedule: fixedSchedule(scheduleFrom(where, schedule ?? constantSchedule())),
    accumulate,
    ema,
    memory,
    seed: seed ?? model.options?.seed ?? anySeed(),
  });
}

/** The options of these settings, as plain data. */
export function trainerOptions(settings: GANTrainerSettings): Readonly<Record<string, unknown>> {
  const { lossName, criticSteps, optimizer } = settings;
  return frozenCopy({ loss: lossName, criticSteps, optimizer: { ...optimizer }, ...commonOptions(settings) });
}

/** The optimizer's rule for the engine. */
export const ruleOf = (optimizer: GANTrainerSettings['optimizer']): OptimizerRule =>
  optimizer.name === 'adam'
    ? adamRule({
        convention: 'pytorch',
        beta1: optimizer.beta1,
        beta2: optimizer.beta2,
        epsilon: optimizer.epsilon,
      })
    : rmspropRule({ alpha: optimizer.alpha, epsilon: optimizer.epsilon });

/** The networks that a loss needs, in words. */
function form({
  labels,
  codes,
  autoencoder,
}: Pick<GANLossNeeds, 'labels' | 'codes' | 'autoencoder'>): string {
  if (labels === 'input') return 'networks that both get labels';
  if (labels === 'head') return 'a head that estimates classes';
  if (codes) return 'a head that estimates codes';
  return autoencoder === undefined
    ? 'a generator and a discriminator alone'
    : 'an auto-encoder as discriminator';
}

/** Refuses a loss that needs other networks. */
function checkFit(
  where: string,
  model: GAN,
  { name, needs = ganNeeds.gan, pullAway = 0 }: TrainedLoss,
): void {
  const refuse = (wanted: string): never => {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "loss" must fit the model: ${show(name)} needs ${wanted}, and the model was built for ` +
        `${show(model.loss)}. Build one for the loss, or leave the option out.`,
    );
  };
  if (form(needs) !== form(ganNeeds[model.loss])) refuse(form(needs));
  if (pullAway > 0 && model.structure.code === undefined) refuse('the layer that gives the codes of images');
}
