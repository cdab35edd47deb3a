/** The losses of CUT's training step, under PyTorch's names. */

/**
 * `G_GAN` is the adversarial loss of the generator, multiplied by its λ. `NCE` compares patches of A's images with their
 * translations, and `NCE_Y` patches of B's images with what the generator makes of them, both multiplied by λ. The generator and
 * the head minimise `G_GAN` plus the mean of `NCE` and `NCE_Y`, or plus `NCE` without `identity`. `D_real` and `D_fake` are the
 * discriminator's losses; it minimises half of their sum. `gp_D` is the gradient penalty, if the adversarial loss has one.
 */
export type CUTLosses = Record<'G_GAN' | 'NCE' | 'D_real' | 'D_fake', number> &
  Partial<Record<'NCE_Y' | 'gp_D', number>>;

/** The name of one of the losses. */
export type CUTLoss = keyof CUTLosses;

/** Losses of every step, in the order in which they are shown. */
export const lossNames = ['G_GAN', 'NCE', 'D_real', 'D_fake'] as const satisfies readonly CUTLoss[];

/** Losses that exist only with some options. */
export const optionalNames = ['NCE_Y', 'gp_D'] as const satisfies readonly CUTLoss[];
