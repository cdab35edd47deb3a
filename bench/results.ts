/** What a comparison of engines finds, as plain data: kept in a file, shown as a table and as plots. */
import { median } from './measure.js';

/** In the order in which all engines report them. */
export const lossNames = ['G_A', 'G_B', 'cycle_A', 'cycle_B', 'idt_A', 'idt_B', 'D_A', 'D_B'] as const;

/** Milliseconds: the median, and the quartiles around it. */
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

/** What an engine did that only translates. */
export interface Translated {
  engine: string;
  version: string;
  /** Of all networks that it has: all four, or the generator. */
  parameters: number;
  translate: Spread;
}

/** What an engine did that trains. */
export interface Figures extends Translated {
  /** Of the first step, in the order of `lossNames`: the same numbers for all engines. */
  losses: number[];
  /** Of the first step, with all that is compiled or allocated for it. */
  firstMs: number;
  step: Spread;
  /** The most memory that the process had while it trained. */
  peakRssBytes: number;
}

/** An engine that did not start or broke off. */
export interface Failure {
  engine: string;
  failed: string;
}

export type Result = Figures | Translated | Failure;

/** All engines on images of one size, in batches of one size. Ours comes first. */
export interface Comparison {
  size: number;
  batch: number;
  results: Result[];
}

/** Comparisons of one network that were made in one sitting. */
export interface Sitting {
  filters: number;
  blocks: number;
  /** How often each engine had its turn, and steps of a turn. */
  rounds: number;
  steps: number;
  machine: string;
  /** Why the figures are not to be trusted, if they are not. */
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
