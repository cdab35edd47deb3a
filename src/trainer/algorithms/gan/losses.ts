/** The losses of a GAN's training step. */
import type { AdversarialLoss } from '../../../losses/adversarial/loss.js';
import type { GANLoss } from '../../../losses/adversarial/row.js';

/** A loss of the table, or a loss of your own with any of the same parts. */
export type TrainedLoss = AdversarialLoss & Partial<GANLoss>;

/** Losses of an update of the discriminator. */
export type CriticLoss = 'D' | 'penalty' | 'class_real' | 'class_fake' | 'info_D';

/** The name of a loss of a step; with several updates of the discriminator, `D_2` is that of the second. */
export type GANTrainingLoss =
  | 'D'
  | 'penalty'
  | 'class_real'
  | 'class_fake'
  | 'info_D'
  | `${'D' | 'penalty' | 'class_real' | 'class_fake' | 'info_D'}_${number}`
  | 'G'
  | 'class_G'
  | 'info_G'
  | 'pull_away'
  | 'k'
  | 'M';

/**
 * The losses of a step. `D` and `G` are the whole losses of the networks; they contain the other losses.
 *
 * - `penalty`: the gradient penalty. `class_real`, `class_fake`, `class_G`: cross-entropies of classes (ACGAN), for real images,
 *   fakes, and the fakes of the generator's update. `info_D`, `info_G`: the information about codes (InfoGAN).
 *   `pull_away`: the pull-away term, without its weight (EBGAN). `k`, `M`: the balance after the step and the measure of convergence
 *   (BEGAN).
 * - With several updates of the discriminator, `D`, `penalty`, `class_…` and `info_D` are means over these, and `D_1`, `D_2` … are
 *   those of each.
 */
export type GANTrainingLosses = Record<'D' | 'G', number> &
  Partial<Record<Exclude<GANTrainingLoss, 'D' | 'G'>, number>>;

/** The losses of each update of the discriminator. */
export const criticLosses = (loss: TrainedLoss): CriticLoss[] => [
  'D',
  ...(loss.penalty ? (['penalty'] as const) : []),
  ...(loss.classification ? (['class_real', 'class_fake'] as const) : []),
  ...(loss.information ? (['info_D'] as const) : []),
];

/** The losses that each step has, in the order in which they are shown. */
export function lossNames(loss: TrainedLoss, criticSteps: number): GANTrainingLoss[] {
  const critic = criticLosses(loss);
  const updates = criticSteps > 1 ? Array.from({ length: criticSteps }, (_, i) => i + 1) : [];
  return [
    ...critic,
    'G',
    ...(loss.classification ? (['class_G'] as const) : []),
    ...(loss.information ? (['info_G'] as const) : []),
    ...(loss.pullAway ? (['pull_away'] as const) : []),
    ...(loss.balance ? (['k', 'M'] as const) : []),
    ...updates.flatMap((j) => critic.map((name) => `${name}_${j}` as const)),
  ];
}
