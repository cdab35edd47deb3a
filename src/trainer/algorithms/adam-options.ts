/** Options of Adam that trainers share, and their defaults by convention. */
import type { Convention } from '../../core/convention.js';
import { finiteNumber, optional, type Resolved, shareBelowOne } from '../../core/options.js';
import type { AdamOptions } from '../engine/adam.js';

/** Options of a trainer's Adam. */
export interface TrainerAdamOptions {
  /**
   * Adam's β₁.
   * @default 0.5
   */
  beta1?: number;
  /**
   * Adam's β₂.
   * @default 0.999
   */
  beta2?: number;
  /**
   * Adam's ε.
   * @default pytorch: 1e-8; keras: 1e-7
   */
  epsilon?: number;
}

/** Schemas of {@link TrainerAdamOptions}. */
export const adamEntries = {
  beta1: optional(shareBelowOne()),
  beta2: optional(shareBelowOne()),
  epsilon: optional(finiteNumber(0)),
};

/** The options of Adam with their defaults, frozen. */
export const adamOf = (
  { beta1, beta2, epsilon }: Resolved<typeof adamEntries>,
  convention: Convention,
): Readonly<Required<AdamOptions>> =>
  Object.freeze({
    convention,
    beta1: beta1 ?? 0.5,
    beta2: beta2 ?? 0.999,
    epsilon: epsilon ?? (convention === 'keras' ? 1e-7 : 1e-8),
  });
