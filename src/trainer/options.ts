/** The options of `CycleGANTrainer`, and what the two objectives make their defaults. */
import * as v from 'valibot';
import { CycleGANError } from '../core/errors.js';
import {
  finiteNumber, oneOf, optional, resolveOptions, satisfying, shareBelowOne, show, wholeNumber, withDefault,
} from '../core/options.js'; // prettier-ignore
import { anySeed } from '../core/random.js';
import { adversarialLoss, type AdversarialMode } from '../losses/adversarial/adversarial-loss.js';
import { type AdversarialLoss, fixedLoss, isAdversarialLoss } from '../losses/adversarial/loss.js';
import type { CycleGAN } from '../models/cyclegan.js';
import { networkNames } from '../models/cyclegan-options.js';
import type { Convention } from '../models/options.js';
import type { AdamOptions } from './adam.js';
import type { Objective } from './objective.js';
import { constantSchedule, fixedSchedule, linearSchedule, type Schedule } from './schedules.js';

/** How much memory a step of training may take. */
export type MemoryUse = 'low' | 'balanced' | 'fast';

/** Options of `CycleGANTrainer`. */
export interface CycleGANTrainerOptions {
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
   * First learning rate, of all networks or each kind.
   * @default 2e-4
   */
  learningRate?: number | { generator: number; discriminator: number };
  /**
   * Where ε stands in Adam; see `Adam`.
   * @default the objective's
   */
  adam?: AdamOptions['form'];
  /**
   * @default 0.5
   */
  beta1?: number;
  /**
   * @default 0.999
   */
  beta2?: number;
  /**
   * @default 1e-8 for Adam's form `pytorch`, 1e-7 for `tensorflow`
   */
  epsilon?: number;
  /**
   * How many epochs training is planned for; the default schedule depends on it.
   * @default 200
   */
  epochs?: number;
  /**
   * How the learning rate changes from epoch to epoch.
   * @default pytorch: constant for half of the epochs, then linearly to 0; keras: constant
   */
  schedule?: Schedule;
  /**
   * How many fakes of either domain the discriminators' image pools hold; 0 for none.
   * @default pytorch: 50; keras: 0
   */
  poolSize?: number;
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
   * How much memory a step may take; the numbers are the same.
   * `fast`: what a network is given one after another (fake and identity, real and fake) goes through it together, where its
   * norm treats each picture by itself: fewer and larger kernels; and what A's and B's pictures begin is computed at the same
   * time where the backend can (the ONNX Runtime backend in Node). `balanced`: each picture by itself. `low`: what A's and B's
   * pictures begin is differentiated one after the other, so that what one keeps for its gradient is free before the other.
   * @default `fast` for pictures of at most 128 × 128 pixels, `low` for larger ones
   */
  memory?: MemoryUse;
  /**
   * Seed of all that is random in training: order, crops, flips, pools, penalties, dropout.
   * @default the model's seed
   */
  seed?: number;
}

const positive = () => v.pipe(finiteNumber(0), v.gtValue(0, 'a number above 0'));

const entries = {
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
  learningRate: withDefault(
    v.union(
      [positive(), v.strictObject({ generator: positive(), discriminator: positive() })],
      'a number above 0, or { generator, discriminator }',
    ),
    2e-4,
  ),
  adam: optional(oneOf('pytorch', 'tensorflow')),
  beta1: optional(shareBelowOne()),
  beta2: optional(shareBelowOne()),
  epsilon: optional(finiteNumber(0)),
  epochs: withDefault(wholeNumber(1), 200),
  schedule: optional(
    satisfying<Schedule>(
      (value) => typeof (value as Schedule | undefined)?.update === 'function',
      'a schedule',
    ),
  ),
  poolSize: optional(wholeNumber(0)),
  accumulate: withDefault(wholeNumber(1), 1),
  ema: withDefault(shareBelowOne(), 0),
  memory: optional(oneOf('low', 'balanced', 'fast')),
  seed: optional(wholeNumber(0)),
};

/** What a trainer works with. All of it is frozen: other settings take another trainer. */
export interface TrainerSettings {
  /** Whose training step. */
  readonly objective: Convention;
  /** What it minimises. */
  readonly loss: Readonly<Objective>;
  readonly learningRate: { readonly generator: number; readonly discriminator: number };
  readonly adam: Readonly<AdamOptions>;
  readonly epochs: number;
  readonly schedule: Schedule;
  readonly poolSize: number;
  readonly accumulate: number;
  readonly ema: number;
  readonly memory: MemoryUse | undefined;
  readonly seed: number;
}

/** Checks the options and fills in the objective's defaults. */
export function resolveTrainerOptions(model: CycleGAN, options: CycleGANTrainerOptions): TrainerSettings {
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
  const channels = [model.generatorG, model.generatorF].map((network) => network.inputs[0]!.shape[3]);
  const differ = channels[0] !== channels[1];
  if (differ && (resolved.lambdaIdentity ?? 0) > 0) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `CycleGANTrainer: option "lambdaIdentity" must be 0 for pictures of ${channels.join(' and ')} channels, ` +
        `got ${resolved.lambdaIdentity}: a generator cannot be given the pictures that it makes.`,
    );
  }
  const half = Math.ceil(epochs / 2);
  return Object.freeze({
    objective: convention,
    loss: Object.freeze({
      adversarial: typeof adversarial === 'string' ? adversarialLoss(adversarial) : fixedLoss(adversarial),
      lambdaA,
      lambdaB,
      lambdaIdentity: resolved.lambdaIdentity ?? (differ ? 0 : 0.5),
      wholeCycle: !keras,
    }),
    learningRate: Object.freeze(
      typeof learningRate === 'number'
        ? { generator: learningRate, discriminator: learningRate }
        : learningRate,
    ),
    adam: Object.freeze({
      form: resolved.adam ?? (keras ? 'tensorflow' : 'pytorch'),
      ...(resolved.beta1 !== undefined && { beta1: resolved.beta1 }),
      ...(resolved.beta2 !== undefined && { beta2: resolved.beta2 }),
      ...(resolved.epsilon !== undefined && { epsilon: resolved.epsilon }),
    }),
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
