/** The settings that the trainers of image translation share. */
import type { AdamOptions } from '../engine/adam.js';
import type { EngineSettings } from '../engine/options.js';
import type { LearningRates } from './trainer-options.js';

/** Resolved options of a trainer of image translation, frozen. `setLearningRate` and `setLossWeights` replace them. */
export interface ImageTrainerSettings<LossWeights> extends EngineSettings {
  readonly learningRate: LearningRates;
  /** The adversarial loss and the loss weights. */
  readonly loss: Readonly<LossWeights>;
  /** The mode of the adversarial loss, or the name of a loss of your own. */
  readonly adversarial: string;
  readonly adam: Readonly<Required<AdamOptions>>;
  readonly ema: number;
}
