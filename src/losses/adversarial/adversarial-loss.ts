/**
 * `adversarialLoss`: the losses of the table that work with patch discriminators, with the names and the scale of the PyTorch
 * program of CycleGAN and pix2pix.
 */
import type { AdversarialLoss, SeparableLoss } from './loss.js';
import { type AdversarialLossOptions, targets } from './options.js';
import { lossOf, type Row } from './row.js';
import { ganLosses } from './table.js';

/** The modes in which the discriminator's loss is the sum of a loss on real images and a loss on fakes. */
export type SeparableMode = 'lsgan' | 'gan' | 'vanilla' | 'hinge' | 'wgan' | 'wgan-gp' | 'dragan';

/** The names of the adversarial losses. `vanilla` is the PyTorch program's name of `gan`. */
export type AdversarialMode = SeparableMode | 'rsgan' | 'ralsgan';

const rows = (): Record<AdversarialMode, Row> => ({
  /** Without ½: CycleGAN and pix2pix halve the whole loss of the discriminator in all modes. */
  lsgan: { ...ganLosses.lsgan, options: targets(1) },
  gan: ganLosses.gan,
  vanilla: ganLosses.gan,
  hinge: ganLosses.hinge,
  wgan: ganLosses.wgan,
  'wgan-gp': ganLosses['wgan-gp'],
  dragan: ganLosses.dragan,
  rsgan: ganLosses.rsgan,
  ralsgan: ganLosses.ralsgan,
});
export const modes = /* @__PURE__ */ rows(); // pure, as the table

/**
 * The adversarial loss of a mode, for logits of any shape. Pure and frozen.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [GAN losses](../../../docs/losses.md)
 * @see [Names of losses](../../../docs/naming.md#losses)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { adversarialLoss } from 'ts-cyclegan';
 * const loss = adversarialLoss('hinge', { r1: 1 });
 * loss.discriminatorReal(tf.tensor([2, 0.5])).print(); // 0.25
 * ```
 */
export function adversarialLoss(mode: SeparableMode, options?: AdversarialLossOptions): SeparableLoss;
/**
 * The adversarial loss of any mode.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function adversarialLoss(mode: AdversarialMode, options?: AdversarialLossOptions): AdversarialLoss;
export function adversarialLoss(
  mode: AdversarialMode,
  options: AdversarialLossOptions = {},
): AdversarialLoss {
  return lossOf('adversarialLoss', 'mode', modes, mode, options);
}
