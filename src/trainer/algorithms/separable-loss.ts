/** The option `adversarial` of trainers that report D_real and D_fake. */
import { CycleGANError } from '../../core/errors.js';
import { satisfying, show } from '../../core/options.js';
import { adversarialLoss, type SeparableMode } from '../../losses/adversarial/adversarial-loss.js';
import {
  type AdversarialLoss,
  fixedLoss,
  isAdversarialLoss,
  isSeparable,
  type SeparableLoss,
} from '../../losses/adversarial/loss.js';

/** Schema of the option. */
export const separableEntry = satisfying<SeparableMode | SeparableLoss>(
  (value) => typeof value === 'string' || isAdversarialLoss(value),
  'a mode of adversarialLoss, or an adversarial loss',
);

/** A loss with D_real and D_fake. */
export function separableLossOf(where: string, adversarial: SeparableMode | SeparableLoss): SeparableLoss {
  const loss: AdversarialLoss =
    typeof adversarial === 'string'
      ? adversarialLoss(adversarial)
      : fixedLoss(adversarial, 'discriminatorReal', 'discriminatorFake');
  if (isSeparable(loss)) return loss;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "adversarial" must be a loss with the functions discriminatorReal and discriminatorFake, got ` +
      `${show(loss.name)}. Losses that compare real images with fakes have none; use "vanilla" or "lsgan", for example.`,
  );
}
