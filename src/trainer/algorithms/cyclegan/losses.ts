/** The losses of a CycleGAN's training step, under PyTorch's names. */

/**
 * What each network is trained on. `_A` is the direction A → B: G_A is the
 * adversarial loss of the generator A → B, D_A that of the discriminator of B's images, cycle_A compares
 * A's image with the one that went to B and back, idt_A B's image with what the generator A → B makes of
 * it. `_B` is the other direction. The λ are in them. gp_D_A and gp_D_B are the shares of a gradient penalty in D_A and D_B,
 * where the adversarial loss has one.
 */
export type CycleGANLosses = Record<
  'D_A' | 'G_A' | 'cycle_A' | 'idt_A' | 'D_B' | 'G_B' | 'cycle_B' | 'idt_B',
  number
> &
  Partial<Record<'gp_D_A' | 'gp_D_B', number>>;

/** The name of one of the losses. */
export type CycleGANLoss = keyof CycleGANLosses;

/** Losses of every step, in the order in which they are shown. */
export const lossNames = [
  'D_A', 'G_A', 'cycle_A', 'idt_A', 'D_B', 'G_B', 'cycle_B', 'idt_B',
] as const satisfies readonly CycleGANLoss[]; // prettier-ignore

/** Losses that some adversarial losses add. */
export const penaltyNames = ['gp_D_A', 'gp_D_B'] as const satisfies readonly CycleGANLoss[];
