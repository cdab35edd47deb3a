/** The losses of pix2pix' training step, under PyTorch's names. */

/**
 * G_GAN is the adversarial loss of the generator, G_L1 the distance of its image from the target, with λ in it. D_real and
 * D_fake are the discriminator's losses on pairs with a target and with a fake; it minimises half of their sum.
 */
export const lossNames = ['G_GAN', 'G_L1', 'D_real', 'D_fake'] as const;

/** The gradient penalty, where the adversarial loss has one. */
export const penaltyNames = ['gp_D'] as const;

/** The losses of a step. */
export type Pix2PixLosses = Record<(typeof lossNames)[number], number> &
  Partial<Record<(typeof penaltyNames)[number], number>>;

/** The name of one of the losses. */
export type Pix2PixLoss = keyof Pix2PixLosses;
