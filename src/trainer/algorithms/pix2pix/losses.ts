/** The losses of pix2pix' training step, under PyTorch's names. */

/**
 * `G_GAN` is the adversarial loss of the generator, and `G_L1` the distance of its image from the target, multiplied by λ. `D_real` and
 * `D_fake` are the discriminator's losses on pairs with a target and with a fake; it minimises half of their sum. `gp_D` is the
 * gradient penalty, if the adversarial loss has one.
 */
export type Pix2PixLosses = Record<'G_GAN' | 'G_L1' | 'D_real' | 'D_fake', number> &
  Partial<Record<'gp_D', number>>;

/** The name of one of the losses. */
export type Pix2PixLoss = keyof Pix2PixLosses;

/** Losses of every step, in the order in which they are shown. */
export const lossNames = ['G_GAN', 'G_L1', 'D_real', 'D_fake'] as const satisfies readonly Pix2PixLoss[];

/** Losses that exist only with some adversarial losses. */
export const penaltyNames = ['gp_D'] as const satisfies readonly Pix2PixLoss[];
