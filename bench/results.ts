/** The results of a comparison of engines, as plain data. */
import { median } from './measure.js';

/** The losses in the order of all engines' reports. */
export const lossNames = ['G_A', 'G_B', 'cycle_A', 'cycle_B', 'idt_A', 'idt_B', 'D_A', 'D_B'] as const;

/** Median and quartiles, in milliseconds. */
export interface Spread {
  median: number;
  lower: number;
  upper: number;
}

export function spread(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const half = Math.ceil(sorted.length / 2); // both halves hold the middle one
  return { median: median(sorted), lower: median(sorted.slice(0, half)), upper: median(sorted.slice(-half)) };
}

/** Results of an engine that only translates. */
export interface Translated {
  engine: string;
  version: string;
  /** Parameters of all its networks: four, or the generator. */
  parameters: number;
  translate: Spread;
}

/** Results of an engine that trains. */
export interface Figures extends Translated {
  /** Losses of the first step, in the order of `lossNames`; equal for all engines. */
  losses: number[];
  /** Time of the first step, including compilation and allocation. */
  firstMs: number;
  step: Spread;
  /** Peak resident memory of the process during training. */
  peakRssBytes: number;
}

/** An engine that did not start, or failed. */
export interface Failure {
  engine: string;
  failed: string;
}

export type Result = Figures | Translated | Failure;

/** Results of all engines for one image size and batch size. Ours is first. */
export interface Comparison {
  size: number;
  batch: number;
  results: Result[];
}

/** Comparisons of one network, measured in one sitting. */
export interface Sitting {
  filters: number;
  blocks: number;
  /** Number of turns of each engine, and steps of a turn. */
  rounds: number;
  steps: number;
  machine: string;
  /** Why the results are unreliable, if they are. */
  warning?: string | undefined;
  comparisons: Comparison[];
}

export const succeeded = (result: Result): result is Figures | Translated => !('failed' in result);
export const trained = (result: Result): result is Figures => 'step' in result;

/** The sittings, with `sitting` in place of an older one of the same network; ordered by size of the network. */
export function withSitting(sittings: readonly Sitting[], sitting: Sitting): Sitting[] {
  const others = sittings.filter(
    ({ filters, blocks }) => filters !== sitting.filters || blocks !== sitting.blocks,
  );
  return [...others, sitting].sort((a, b) => a.filters - b.filters || a.blocks - b.blocks);
}
