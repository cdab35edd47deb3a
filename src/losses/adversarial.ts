/**
 * The adversarial losses behind one interface. A loss sees logits, the raw outputs of a discriminator,
 * of any shape: [B, h, w, 1] from a patch discriminator, every patch counting alike.
 *
 * | mode | source |
 * |---|---|
 * | lsgan | Mao et al. 2017; the paper, P and K |
 * | vanilla | Goodfellow et al. 2014, non-saturating, on logits; P |
 * | hinge | Lim and Ye 2017 (Geometric GAN) |
 * | wgan | Arjovsky et al. 2017, with weight clipping; P's wgangp without its penalty |
 * | wgan-gp | Gulrajani et al. 2017 |
 * | dragan | Kodali et al. 2017: vanilla with a penalty around the real pictures |
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { frozenView } from '../core/frozen-copy.js';
import { type Entries, finiteNumber, nearest, resolveOptions, show, withDefault } from '../core/options.js';
import type { Draws } from '../core/draws.js';
import {
  type Discriminate,
  draganPenalty,
  gradientPenaltyEntries,
  type GradientPenaltyOptions,
  r1Penalty,
  wganGpPenalty,
} from './gradient-penalty.js';
import { meanOf } from './mean-of.js';

/**
 * What a generator and its discriminator want of the discriminator's logits. {@link adversarialLoss}
 * gives the usual ones; any object of this form will do.
 */
export interface AdversarialLoss {
  /** For messages and logs. */
  readonly name: string;
  /** The generator's loss, given the logits of fakes, and of real images if it is relativistic. */
  generator(fake: tf.Tensor, real?: tf.Tensor): tf.Scalar;
  /** The discriminator's loss. P takes half of it, in every mode. */
  discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  readonly relativistic?: boolean;
  readonly pure?: boolean;
  /** The discriminator's loss on real pictures. P takes half of the sum of both, in every mode. */
  discriminatorReal?(real: tf.Tensor): tf.Scalar;
  /** The discriminator's loss on fakes. */
  discriminatorFake?(fake: tf.Tensor): tf.Scalar;
  /** Added whole to a discriminator's loss. Pictures are [B, H, W, C]. */
  penalty?(discriminate: Discriminate, real: tf.Tensor4D, fake: tf.Tensor4D, draws: Draws): tf.Scalar;
  /** Where given, each step of a discriminator ends with clipping its weights to [−clip, clip]. */
  readonly clip?: number;
}

type Logits = Required<Pick<AdversarialLoss, 'generator' | 'discriminatorReal' | 'discriminatorFake'>>;

const squaresToOne = (logits: tf.Tensor): tf.Scalar =>
  meanOf(
    logits,
    (x) => tf.square(tf.sub(x, 1)),
    (x) => tf.mul(tf.sub(x, 1), 2),
  );

const lsgan: Logits = {
  generator: squaresToOne,
  discriminatorReal: squaresToOne,
  discriminatorFake: (fake) => meanOf(fake, tf.square, (x) => tf.mul(x, 2)),
};

/** −log σ(x) = softplus(−x), which stays finite for any x. */
const crossEntropyToOne = (logits: tf.Tensor): tf.Scalar =>
  meanOf(
    logits,
    (x) => tf.softplus(tf.neg(x)),
    (x) => tf.neg(tf.sigmoid(tf.neg(x))),
  );

const vanilla: Logits = {
  generator: crossEntropyToOne,
  discriminatorReal: crossEntropyToOne,
  discriminatorFake: (fake) => meanOf(fake, tf.softplus, tf.sigmoid),
};

const minusMean = (logits: tf.Tensor): tf.Scalar => tf.tidy(() => tf.neg(tf.mean(logits)));

const wgan: Logits = {
  generator: minusMean,
  discriminatorReal: minusMean,
  discriminatorFake: (fake) => tf.mean(fake),
};

const hinge: Logits = {
  generator: wgan.generator,
  discriminatorReal: (real) =>
    meanOf(
      real,
      (x) => tf.relu(tf.sub(1, x)),
      (x) => tf.neg(tf.step(tf.sub(1, x))),
    ),
  discriminatorFake: (fake) =>
    meanOf(
      fake,
      (x) => tf.relu(tf.add(x, 1)),
      (x) => tf.step(tf.add(x, 1)),
    ),
};

/** The names of the adversarial losses. */
export type AdversarialMode = 'lsgan' | 'vanilla' | 'hinge' | 'wgan' | 'wgan-gp' | 'dragan';

const modes: Record<AdversarialMode, Logits> = {
  lsgan,
  vanilla,
  hinge,
  wgan,
  'wgan-gp': wgan,
  dragan: vanilla,
};

/** Options of {@link adversarialLoss}. A mode refuses those that have no meaning in it. */
export interface AdversarialLossOptions extends GradientPenaltyOptions {
  /**
   * Largest weight of the discriminator, in either direction; mode `wgan` only.
   * @default 0.01
   */
  clip?: number;
  /**
   * γ of an R1 penalty on top, in any mode; 0 for none.
   * @default 0
   */
  r1?: number;
}

const r1 = withDefault(finiteNumber(0), 0);
const entries: Record<AdversarialMode, Entries> = {
  lsgan: { r1 },
  vanilla: { r1 },
  hinge: { r1 },
  wgan: { r1, clip: withDefault(finiteNumber(0), 0.01) },
  'wgan-gp': { r1, ...gradientPenaltyEntries },
  dragan: { r1, ...gradientPenaltyEntries },
};

/**
 * The adversarial loss of a mode.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [Names of losses](../../docs/naming.md#losses)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { adversarialLoss } from 'ts-cyclegan';
 * const loss = adversarialLoss('hinge', { r1: 1 });
 * loss.discriminatorReal(tf.tensor([2, 0.5])).print(); // 0.25
 * ```
 */
export function adversarialLoss(
  mode: AdversarialMode,
  options: AdversarialLossOptions = {},
): AdversarialLoss {
  if (!Object.hasOwn(modes, mode)) {
    const hint = nearest(mode, Object.keys(modes));
    throw new CycleGANError('INVALID_ARGUMENT', `adversarialLoss: unknown mode ${show(mode)}. ${hint}`);
  }
  const resolved = resolveOptions(`adversarialLoss("${mode}")`, entries[mode], options);
  const { r1 = 0, clip, ...penaltyOptions } = resolved as AdversarialLossOptions;

  const penalties: Required<AdversarialLoss>['penalty'][] = [];
  if (mode === 'wgan-gp') {
    penalties.push((d, real, fake, draws) => wganGpPenalty(d, real, fake, draws, penaltyOptions));
  }
  if (mode === 'dragan') {
    penalties.push((d, real, _fake, draws) => draganPenalty(d, real, draws, penaltyOptions));
  }
  if (r1 > 0) penalties.push((d, real) => r1Penalty(d, real, r1));

  const loss: AdversarialLoss = Object.freeze({
    name: mode,
    ...modes[mode],
    discriminator: (real: tf.Tensor, fake: tf.Tensor) =>
      tf.add<tf.Scalar>(modes[mode].discriminatorReal(real), modes[mode].discriminatorFake(fake)),
    pure: true,
    ...(penalties.length > 0 && {
      penalty: (...args: Parameters<(typeof penalties)[number]>) =>
        tf.tidy(() => tf.addN(penalties.map((penalty) => penalty(...args)))),
    }),
    ...(clip !== undefined && { clip }),
  });
  known.add(loss);
  return loss;
}

/** What {@link adversarialLoss} has given. */
const known = new WeakSet<AdversarialLoss>();

/** A loss that cannot be changed any more: one of {@link adversarialLoss} as it is, another as it is now. */
export const fixedLoss = (loss: AdversarialLoss): AdversarialLoss =>
  known.has(loss)
    ? loss
    : frozenView(loss, [
        'name',
        'generator',
        'discriminator',
        'relativistic',
        'pure',
        'discriminatorReal',
        'discriminatorFake',
        'penalty',
        'clip',
      ]);
