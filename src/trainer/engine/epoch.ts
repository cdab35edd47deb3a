/** An epoch that is under way, as plain data: enough to resume in the middle of it. */
import type { EpochPosition } from '../../data/epoch-order.js';

/** Losses of a step by name. */
export type Losses = Record<string, number>;

/** Part of a trainer's state. */
export interface EpochProgress {
  /** Seed of the epoch's order, crops and flips. */
  readonly seed: number;
  /** Steps done in it. */
  steps: number;
  /** The images that were shown last; unknown for images that are read as they come. */
  position?: EpochPosition | undefined;
  /** Sums of the losses of these steps. */
  sums: Record<string, number>;
}

/** What `fit` reads and writes of its trainer. */
export interface EpochBook {
  /** The epoch under way; a new one where there is none. */
  current(): EpochProgress;
  /** The epoch under way is done, with these mean losses. */
  finish(losses: Losses): void;
}

/** Counts a step, after which the epoch stands at `position`. */
export function countStep(epoch: EpochProgress, losses: Losses, position?: EpochPosition): void {
  epoch.steps += 1;
  epoch.position = position;
  for (const [name, value] of Object.entries(losses)) epoch.sums[name] = (epoch.sums[name] ?? 0) + value;
}

/** The mean losses of the steps so far. */
export const meanLosses = ({ steps, sums }: EpochProgress): Losses =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / steps]));

/** The first loss that is NaN or infinite, if any. */
export const notFinite = (losses: Losses): readonly [name: string, value: number] | undefined =>
  Object.entries(losses).find(([, value]) => !Number.isFinite(value));
