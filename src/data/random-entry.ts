/** Schema of the option `random`. */
import { satisfying } from '../core/options.js';
import type { RandomSource } from '../core/random.js';

export const randomEntry = satisfying<RandomSource>(
  (value) => typeof value === 'object' && value !== null && 'uniform' in value && 'index' in value,
  'a Random',
);
