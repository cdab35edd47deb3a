/** `ganLoss`: the losses of the table as their papers have them, for images from noise. */
import type { GANLossName } from './needs.js';
import type { GANLossOptions } from './options.js';
import { type GANLoss, type GANLossInfo, lossOf } from './row.js';
import { ganLosses as table } from './table.js';

/**
 * What each loss is: title, paper, formulas, needs.
 *
 * @see [GAN losses](../../../docs/losses.md)
 * @example
 * ```ts
 * import { ganLosses } from 'ts-cyclegan';
 * console.log(ganLosses.wgan.paper.title); // Wasserstein GAN
 * console.log(ganLosses.wgan.needs.criticSteps); // 5
 * ```
 */
export const ganLosses: Readonly<Record<GANLossName, GANLossInfo>> = table;

/**
 * A loss as its paper has it: logistic, least squares, Wasserstein, of energies, with labels or codes. Pure and frozen.
 *
 * The scores that it takes are the discriminator's logits [B, 1]; for `ebgan` and `began` the energies [B] that `energy` gives.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [GAN losses](../../../docs/losses.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { ganLoss } from 'ts-cyclegan';
 * const loss = ganLoss('lsgan');
 * loss.discriminator(tf.tensor([1, 3]), tf.tensor([0, 0])).print(); // 1
 * ```
 */
export function ganLoss(name: GANLossName, options: GANLossOptions = {}): GANLoss {
  return lossOf('ganLoss', 'loss', table, name, options);
}
