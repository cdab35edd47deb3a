/** Options of Adam that trainers share, and their defaults by convention. */
import { finiteNumber, oneOf, optional, type Resolved, shareBelowOne } from '../../core/options.js';
import type { Convention } from '../../core/convention.js';
import type { AdamOptions } from '../engine/adam.js';

/** Options of a trainer's Adam. */
export interface TrainerAdamOptions {
  /**
   * Where ε stands in Adam; see `Adam`.
   * @default that of the trainer's convention
   */
  adam?: AdamOptions['form'];
  /**
   * @default 0.5
   */
  beta1?: number;
  /**
   * @default 0.999
   */
  beta2?: number;
  /**
   * @default 1e-8 for Adam's form `pytorch`, 1e-7 for `tensorflow`
   */
  epsilon?: number;
}

/** Schemas of {@link TrainerAdamOptions}. */
export const adamEntries = {
  adam: optional(oneOf('pytorch', 'tensorflow')),
  beta1: optional(shareBelowOne()),
  beta2: optional(shareBelowOne()),
  epsilon: optional(finiteNumber(0)),
};

/** Adam as the options and a convention have it. */
export const adamOf = (
  { adam, beta1, beta2, epsilon }: Readonly<Resolved<typeof adamEntries>>,
  convention: Convention,
): Readonly<AdamOptions> =>
  Object.freeze({
    form: adam ?? (convention === 'keras' ? 'tensorflow' : 'pytorch'),
    ...(beta1 !== undefined && { beta1 }),
    ...(beta2 !== undefined && { beta2 }),
    ...(epsilon !== undefined && { epsilon }),
  });
