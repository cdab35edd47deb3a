/** The options of the losses, and their defaults. */
import { finiteNumber, withDefault } from '../../core/options.js';
import { gradientPenaltyEntries, type GradientPenaltyOptions } from '../gradient-penalty.js';

/** Options of {@link adversarialLoss}. Each mode refuses options that do not apply to it. */
export interface AdversarialLossOptions extends GradientPenaltyOptions {
  /**
   * wgan: the largest absolute value of the discriminator's weights.
   * @default 0.01
   */
  clip?: number;
  /**
   * γ of an additional R1 penalty, for any loss of logits; 0 for none.
   * @default 0
   */
  r1?: number;
  /**
   * lsgan: the target of the discriminator for fakes.
   * @default 0
   */
  a?: number;
  /**
   * lsgan: the target of the discriminator for real images.
   * @default 1
   */
  b?: number;
  /**
   * lsgan: the target of the generator for fakes.
   * @default 1
   */
  c?: number;
  /**
   * lsgan: the factor of all squares.
   * @default 1, as in the PyTorch program of CycleGAN; ½ in `ganLoss`, as in the paper
   */
  factor?: number;
}

/** Options of {@link ganLoss}. Each loss refuses options that do not apply to it. */
export interface GANLossOptions extends AdversarialLossOptions {
  /**
   * infogan: the weight of the categorical codes.
   * @default 1
   */
  lambdaCategorical?: number;
  /**
   * infogan: the weight of the continuous codes.
   * @default 1
   */
  lambdaContinuous?: number;
  /**
   * ebgan: m, the energy of fakes above which the discriminator has no loss. Energies grow with the size of the images.
   * @default 10
   */
  margin?: number;
  /**
   * ebgan: the weight of the pull-away term; 0 for none.
   * @default 0.1
   */
  pullAway?: number;
  /**
   * began: γ from 0 to 1, the energy of fakes relative to that of real images. Lower values give less diverse images.
   * @default 0.5
   */
  gamma?: number;
  /**
   * began: λ_k, how fast k changes.
   * @default 0.001
   */
  lambdaK?: number;
  /**
   * began: k before the first step, from 0 to 1.
   * @default 0
   */
  k?: number;
}

// Functions, so that bundlers leave them out of programs that need no loss.
export const r1 = () => ({ r1: withDefault(finiteNumber(0), 0) });
export const clip = () => ({ ...r1(), clip: withDefault(finiteNumber(0), 0.01) });
export const penalty = () => ({ ...r1(), ...gradientPenaltyEntries });
export const targets = (factor: number) => ({
  ...r1(),
  a: withDefault(finiteNumber(), 0),
  b: withDefault(finiteNumber(), 1),
  c: withDefault(finiteNumber(), 1),
  factor: withDefault(finiteNumber(0), factor),
});
export const information = () => ({
  ...r1(),
  lambdaCategorical: withDefault(finiteNumber(0), 1),
  lambdaContinuous: withDefault(finiteNumber(0), 1),
});
export const energy = () => ({
  margin: withDefault(finiteNumber(0), 10),
  pullAway: withDefault(finiteNumber(0), 0.1),
});
export const balance = () => ({
  gamma: withDefault(finiteNumber(0, 1), 0.5),
  lambdaK: withDefault(finiteNumber(0), 0.001),
  k: withDefault(finiteNumber(0, 1), 0),
});
