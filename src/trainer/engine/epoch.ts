/** The progress of an epoch, as plain data, from which it can be resumed in the middle. */
import type { EpochPosition } from '../../data/epoch-order.js';

/** Losses of a step by name. */
export type Losses = Record<string, number>;

/** Losses of any trainer, some of which a step may not have. */
export type SomeLosses = Readonly<Record<string, number | undefined>>;

/** The progress of an epoch; part of a trainer's state. */
export interface EpochProgress {
  /** Seed of the epoch's order, crops and flips. */
  readonly seed: number;
  /** Completed steps. */
  steps: number;
  /** The images that were shown last; unknown for streams of images. */
  position?: EpochPosition | undefined;
  /** Sums of the losses of these steps. */
  sums: Record<string, number>;
}

/** The part of a trainer that `fit` reads and changes. */
export interface EpochBook {
  /** Returns the current epoch, or a new one. */
  current(): EpochProgress;
  /** Completes the current epoch. */
  finish(losses: Losses): void;
}

/** Adds a completed step to the progress. */
export function countStep(epoch: EpochProgress, losses: Losses, position?: EpochPosition): void {
  epoch.steps += 1;
  epoch.position = position;
  for (const [name, value] of Object.entries(losses)) epoch.sums[name] = (epoch.sums[name] ?? 0) + value;
}

/** The mean losses of the steps so far. */
export const meanLosses = ({ steps, sums }: EpochProgress): Losses =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / steps]));

/** The first loss that is NaN or infinite, if any. */
export const notFinite = (losses: SomeLosses): readonly [name: string, value: number] | undefined =>
  Object.entries(losses)
    .flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    .find(([, value]) => !Number.isFinite(value));
