/** What the page shows at the moment. */
import type { RunInfo, SeriesPart } from '../protocol.js';

/** The part of the run that the charts show: all of it, the last part, or a range of steps. */
export type Range =
  { kind: 'all' } | { kind: 'last'; share: number } | { kind: 'steps'; from: number; to: number };

export interface State {
  runs: readonly RunInfo[];
  /** Ids of hidden runs. */
  readonly hidden: Set<number>;
  readonly curves: Map<number, SeriesPart>;
  /** About this many steps are averaged. */
  smoothing: number;
  log: boolean;
  range: Range;
}

export const state: State = {
  runs: [],
  hidden: new Set(),
  curves: new Map(),
  smoothing: 30,
  log: false,
  range: { kind: 'all' },
};

export const shownRuns = (): RunInfo[] => state.runs.filter(({ id }) => !state.hidden.has(id));

/** First and last step of the charts. */
export function stepsOf(range: Range): { from: number; to: number | undefined } {
  if (range.kind === 'steps') return range;
  if (range.kind === 'all') return { from: 0, to: undefined };
  const last = Math.max(0, ...shownRuns().map(({ step }) => step));
  return { from: Math.floor(last * (1 - range.share)), to: undefined };
}
