/**
 * Learning-rate schedules, P's five. A schedule is updated at the end of each epoch and gives the factor
 * by which the first learning rate is multiplied.
 *
 * Schedules are pure: all that one remembers is a small plain {@link ScheduleState}, which its user keeps
 * and which goes into checkpoints as it is.
 *
 * P since 2020 updates at the *start* of each epoch, so that its decay begins an epoch early and its last
 * epoch trains at rate 0; older P, CUT and this library update at the end: epoch e, from 0, trains with
 * the factor after e updates.
 */
import { frozenView } from '../../core/frozen-copy.js';
import { finiteNumber, resolveOptions, wholeNumber, withDefault } from '../../core/options.js';

/** Where a schedule stands. */
export interface ScheduleState {
  /** Which schedule it belongs to: its name and options. A state of another plan is not resumed but counted anew. */
  readonly plan?: string;
  /** Updates so far. */
  readonly updates: number;
  /** Multiplies the first learning rate. */
  readonly factor: number;
  /** What {@link plateauSchedule} remembers. */
  readonly plateau?: {
    /** The best metric; null before the first. */
    readonly best: number | null;
    /** Updates since then, or since the last reduction. */
    readonly waited: number;
  };
}

/** How the learning rate changes from epoch to epoch. */
export interface Schedule {
  /** For messages and logs. */
  readonly name: string;
  /** The state before the first update. */
  readonly start: ScheduleState;
  /** After so many updates the learning rate is 0 for good. */
  readonly end?: number;
  /**
   * The state after one more epoch.
   *
   * @param metric a number to be made small, for schedules that look at one
   */
  update(state: ScheduleState, metric: number): ScheduleState;
  /**
   * The state after so many epochs, for schedules that depend on their count alone: so a run can be resumed under another
   * plan. A schedule without it resumes from its own states only.
   */
  at?(updates: number): ScheduleState;
}

/** A schedule that depends on the number of updates alone. */
function byCount(name: string, options: object, factor: (updates: number) => number, end?: number): Schedule {
  const plan = [name, ...Object.entries(options).map((entry) => entry.join(' '))].join(', ');
  const at = (updates: number): ScheduleState => Object.freeze({ plan, updates, factor: factor(updates) });
  return Object.freeze({
    name,
    start: at(0),
    update: ({ updates }: ScheduleState) => at(updates + 1),
    at,
    ...(end !== undefined && { end }),
  });
}

/** A schedule that cannot be changed any more. */
export const fixedSchedule = (schedule: Schedule): Schedule =>
  frozenView(schedule, ['name', 'start', 'end', 'update', 'at']);

/** Always the first learning rate, as K has it. */
export function constantSchedule(): Schedule {
  return byCount('constant', {}, () => 1);
}

/** Options of {@link linearSchedule}. */
export interface LinearScheduleOptions {
  /** Epochs at the first learning rate. */
  epochs: number;
  /** Epochs over which it then goes down; the next one would have rate 0. */
  decayEpochs: number;
}

/**
 * The paper's and P's default: constant, then down in equal steps.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [Porting from PyTorch: learning rates](../../../docs/porting-from-pytorch.md#learning-rates)
 */
export function linearSchedule(options: LinearScheduleOptions): Schedule {
  const entries = { epochs: wholeNumber(0), decayEpochs: wholeNumber(0) };
  const { epochs, decayEpochs } = resolveOptions('linearSchedule', entries, options);
  const factor = (t: number) => Math.max(0, 1 - Math.max(0, t + 1 - epochs) / (decayEpochs + 1));
  return byCount('linear', { epochs, decayEpochs }, factor, epochs + decayEpochs);
}

/** Options of {@link stepSchedule}. */
export interface StepScheduleOptions {
  /**
   * Epochs between two steps.
   * @default 50
   */
  every?: number;
  /**
   * Factor of one step.
   * @default 0.1
   */
  gamma?: number;
}

/**
 * Down by `gamma` every so many epochs.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function stepSchedule(options: StepScheduleOptions = {}): Schedule {
  const entries = {
    every: withDefault(wholeNumber(1), 50),
    gamma: withDefault(finiteNumber(0, 1), 0.1),
  };
  const { every, gamma } = resolveOptions('stepSchedule', entries, options);
  return byCount('step', { every, gamma }, (t) => gamma ** Math.floor(t / every));
}

/** Options of {@link cosineSchedule}. */
export interface CosineScheduleOptions {
  /** Epochs from the first learning rate to 0. */
  epochs: number;
}

/**
 * Half a cosine wave down to 0. After `epochs` it rises again, as in P: train no longer than that.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function cosineSchedule(options: CosineScheduleOptions): Schedule {
  const { epochs } = resolveOptions('cosineSchedule', { epochs: wholeNumber(1) }, options);
  return byCount('cosine', { epochs }, (t) => (1 + Math.cos((Math.PI * t) / epochs)) / 2);
}

/** Options of {@link plateauSchedule}. */
export interface PlateauScheduleOptions {
  /**
   * Factor of one reduction.
   * @default 0.2
   */
  factor?: number;
  /**
   * A metric counts as better when it is below the best one by this share of it.
   * @default 0.01
   */
  threshold?: number;
  /**
   * Updates without a better metric that are borne; the next one reduces the rate.
   * @default 5
   */
  patience?: number;
}

/**
 * Down by `factor` when the metric has stopped falling (PyTorch's `ReduceLROnPlateau` with P's settings.
 * P never gives it a metric; this library does).
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function plateauSchedule(options: PlateauScheduleOptions = {}): Schedule {
  const entries = {
    factor: withDefault(finiteNumber(0, 1), 0.2),
    threshold: withDefault(finiteNumber(0, 1), 0.01),
    patience: withDefault(wholeNumber(0), 5),
  };
  const { factor, threshold, patience } = resolveOptions('plateauSchedule', entries, options);
  return {
    name: 'plateau',
    start: { plan: 'plateau', updates: 0, factor: 1, plateau: { best: null, waited: 0 } },
    update(state, metric) {
      const { best, waited } = state.plateau ?? { best: null, waited: 0 };
      const updates = state.updates + 1;
      const mark = best === null ? Infinity : best * (1 - threshold);
      if (metric < mark) {
        return { ...state, updates, plateau: { best: metric, waited: 0 } };
      }
      if (waited < patience) return { ...state, updates, plateau: { best, waited: waited + 1 } };
      return { ...state, updates, factor: state.factor * factor, plateau: { best, waited: 0 } };
    },
  };
}
