/** `ganLoss`: the losses of the table as in their papers, for images from noise. */
import type { GANLossName } from './needs.js';
import type { GANLossOptions } from './options.js';
import { type GANLoss, type GANLossInfo, lossOf } from './row.js';
import { ganLosses as table } from './table.js';

/**
 * The table of losses: the title, paper, formulas and needs of each loss.
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
 * A loss as in its paper: logistic, least squares, Wasserstein, of energies, with labels or codes. Pure and frozen.
 *
 * The scores are the logits of the discriminator, [B, 1], or for `ebgan` and `began` the energies that `energy` returns, [B].
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
