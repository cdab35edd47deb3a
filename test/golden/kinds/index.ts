/** How each kind of case is run. */
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { adam } from './adam.js';
import { adversarial } from './adversarial-loss.js';
import { gradientPenalty } from './gradient-penalty.js';
import { imagePool } from './image-pool.js';
import { layer } from './layer.js';
import { network } from './network.js';
import { schedule } from './schedule.js';
import { stateDicts } from './state-dict.js';

export const kinds = new Map<string, (golden: GoldenCase) => Promise<Results>>([
  ['network', network],
  ['state-dict', stateDicts],
  ['layer', layer],
  ['adversarial-loss', adversarial],
  ['gradient-penalty', gradientPenalty],
  ['adam', adam],
  ['schedule', schedule],
  ['image-pool', imagePool],
]);
