/** What the server of the page sends: JSON, described by types that both sides share. */

/** How serious a note is: training cannot continue, a result is in danger, or good to know. */
export type Severity = 'error' | 'warning' | 'info';

/** Something in a run that a person should know. */
export interface Note {
  /** The kind of note. Stable, for programs. */
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  /** What the files of the run show. */
  readonly what: string;
  /** What to do about it. */
  readonly todo: string;
}

/** A sheet of sample images. */
export interface SheetInfo {
  readonly step: number;
  /** Changes if the file changes. */
  readonly version: string;
}

/** Values of a column over the whole run. */
export interface Summary {
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/**
 * Whether a run can be shown.
 * - `missing`: the folder does not exist
 * - `empty`: there are no metrics yet
 * - `ready`: there are metrics
 */
export type RunPhase = 'missing' | 'empty' | 'ready';

/** Everything about a run except its curves. */
export interface RunInfo {
  /** Index in the list of runs. */
  readonly id: number;
  readonly name: string;
  readonly phase: RunPhase;
  /** Changes with the metrics. */
  readonly version: string;
  readonly algorithm: string | null;
  readonly engine: string | null;
  readonly adversarial: string | null;
  readonly created: string | null;
  /** The step at which training ends, if it is known. */
  readonly totalSteps: number | null;
  /** The epoch at which training ends, if it is known. */
  readonly totalEpochs: number | null;
  readonly step: number;
  readonly epoch: number;
  /** Seconds of training. */
  readonly seconds: number;
  /** Steps per second, over the last steps. */
  readonly speed: number | null;
  /** Milliseconds since the metrics were last written. */
  readonly age: number | null;
  /** Lines of the metrics that could not be read. */
  readonly brokenLines: number;
  /** Columns of the metrics, with the values of each. */
  readonly columns: Readonly<Record<string, Summary>>;
  readonly samples: readonly SheetInfo[];
  readonly notes: readonly Note[];
}

/** Part of the curves of a run, in at most the requested count of points. */
export interface SeriesPart {
  /** The step of each point. */
  readonly steps: readonly number[];
  /** Per column: the smoothed value at each point, and the smallest and largest value around it. */
  readonly columns: Readonly<Record<string, SeriesColumn>>;
}

/** One curve. */
export interface SeriesColumn {
  readonly value: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}
