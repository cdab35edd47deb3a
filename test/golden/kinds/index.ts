/** How each kind of case is run. */
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { adam } from './adam.js';
import { adversarial } from './adversarial-loss.js';
import { cutTraining } from './cut-training.js';
import { ganLosses } from './gan-loss.js';
import { ganTraining } from './gan-training.js';
import { gradientPenalty } from './gradient-penalty.js';
import { imagePool } from './image-pool.js';
import { layer } from './layer.js';
import { metric } from './metric.js';
import { network } from './network.js';
import { pairedTraining } from './paired-training.js';
import { preprocessSizes } from './preprocess-sizes.js';
import { preprocess } from './preprocess.js';
import { schedule } from './schedule.js';
import { stateDicts } from './state-dict.js';
import { training } from './training.js';
import { refusedFiles, weightFiles } from './weight-files.js';

export const kinds = new Map<string, (golden: GoldenCase) => Promise<Results>>([
  ['network', network],
  ['state-dict', stateDicts],
  ['layer', layer],
  ['adversarial-loss', adversarial],
  ['gradient-penalty', gradientPenalty],
  ['gan-loss', ganLosses],
  ['training', training],
  ['paired-training', pairedTraining],
  ['gan-training', ganTraining],
  ['cut-training', cutTraining],
  ['adam', adam],
  ['preprocess', preprocess],
  ['preprocess-sizes', preprocessSizes],
  ['schedule', schedule],
  ['image-pool', imagePool],
  ['weight-files', weightFiles],
  ['refused-files', refusedFiles],
  ['metric', metric],
]);
