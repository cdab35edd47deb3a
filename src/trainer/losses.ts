/** The losses of a training step, under P's names. */
import { CycleGANError } from '../core/errors.js';

/**
 * What each network is trained on, as plain numbers. `_A` is the direction A → B: G_A is the
 * adversarial loss of the generator A → B, D_A that of the discriminator of B's pictures, cycle_A compares
 * A's picture with the one that went to B and back, idt_A B's picture with what the generator A → B makes of
 * it. `_B` is the other direction. The λ are in them.
 */
export interface Losses {
  D_A: number;
  G_A: number;
  cycle_A: number;
  idt_A: number;
  D_B: number;
  G_B: number;
  cycle_B: number;
  idt_B: number;
  /** Share of a gradient penalty in D_A, where the adversarial loss has one. */
  gp_D_A?: number;
  /** Share of a gradient penalty in D_B. */
  gp_D_B?: number;
}

/** The name of one of the losses. */
export type LossName = keyof Losses;

/** What the generators' weights follow: everything but the discriminators' losses. */
export const generatorLoss = ({ G_A, G_B, cycle_A, cycle_B, idt_A, idt_B }: Losses): number =>
  G_A + G_B + cycle_A + cycle_B + idt_A + idt_B;

/** The first loss that is NaN or infinite, if any. */
export const notFinite = (losses: Losses): readonly [name: string, value: number] | undefined =>
  Object.entries(losses as unknown as Record<string, number>).find(([, value]) => !Number.isFinite(value));

/** The error about it. @param step the one that failed, and changed nothing */
export function notANumber(where: string, losses: Losses, step: number, epoch: number): CycleGANError {
  const [name, value] = notFinite(losses)!;
  return new CycleGANError(
    'NOT_A_NUMBER',
    `${where}: the loss ${name} became ${value} at step ${step}, in epoch ${epoch}. The weights are those from before ` +
      `this step. Resume from an earlier state with a lower learning rate.`,
  );
}
