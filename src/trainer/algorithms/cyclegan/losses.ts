/** The losses of a CycleGAN's training step, under PyTorch's names. */

/**
 * The losses of one step, each multiplied by its λ. `_A` stands for the direction A → B, `_B` for B → A:
 * - `G_A`: adversarial loss of the generator A → B
 * - `D_A`: loss of the discriminator of B's images
 * - `cycle_A`: distance of an image of A from its translation to B and back
 * - `idt_A`: distance of an image of B from the output of the generator A → B for it
 * - `gp_D_A`: the gradient penalty that `D_A` contains, if the adversarial loss has one
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

/** Losses that exist only with some adversarial losses. */
export const penaltyNames = ['gp_D_A', 'gp_D_B'] as const satisfies readonly CycleGANLoss[];
