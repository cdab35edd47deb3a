/**
 * Learning-rate schedules: the five of the paper authors' PyTorch program. A schedule is updated at the end of each epoch, or
 * after each step, and returns the factor for the initial learning rate.
 *
 * Schedules are pure functions. Their state is a small plain {@link ScheduleState}, which the trainer stores.
 *
 * Since 2020 the PyTorch program updates at the *start* of each epoch, so its decay begins one epoch early and its last epoch
 * trains at rate 0. Its older versions, CUT and this library update at the end: epoch e, counted from 0, uses the factor after e
 * updates.
 */
import { frozenView } from '../../core/frozen-copy.js';
import { CycleGANError } from '../../core/errors.js';
import { finiteNumber, nearest, resolveOptions, show, wholeNumber, withDefault } from '../../core/options.js';

/** The state of a schedule. */
export interface ScheduleState {
  /** Name and options of the schedule. If they differ on resuming, the new schedule is applied from the start. */
  readonly plan?: string;
  /** Number of updates. */
  readonly updates: number;
  /** The factor for the initial learning rate. */
  readonly factor: number;
  /** State of {@link plateauSchedule}. */
  readonly plateau?: {
    /** The best metric; null before the first update. */
    readonly best: number | null;
    /** Updates since the best metric, or since the last reduction. */
    readonly waited: number;
  };
}

/** How the learning rate changes from epoch to epoch, or from step to step. */
export interface Schedule {
  /** The name, for messages and logs. */
  readonly name: string;
  /**
   * Whether it is updated after each epoch or after each step.
   * @default 'epoch'
   */
  readonly per?: 'epoch' | 'step';
  /** The schedule as plain data, which the option `schedule` of trainers accepts; only for schedules of this library. */
  readonly config?: ScheduleConfig;
  /** The state before the first update. */
  readonly start: ScheduleState;
  /** Number of updates after which the learning rate stays 0. */
  readonly end?: number;
  /**
   * Returns the state after one more epoch or step.
   *
   * @param metric the metric of this epoch or step; lower is better
   */
  update(state: ScheduleState, metric: number): ScheduleState;
  /**
   * Returns the state after a number of updates, if the schedule depends on this number only. Then a run with another schedule
   * can be resumed with this one. A schedule without `at` resumes only from its own states.
   */
  at?(updates: number): ScheduleState;
}

/** Creates a schedule that depends on the number of updates only. */
function byCount(config: ScheduleConfig, factor: (updates: number) => number, end?: number): Schedule {
  const { name, ...options } = config;
  const plan = [name, ...Object.entries(options).map((entry) => entry.join(' '))].join(', ');
  const at = (updates: number): ScheduleState => Object.freeze({ plan, updates, factor: factor(updates) });
  return Object.freeze({
    name,
    per: 'steps' in options ? 'step' : 'epoch',
    config: Object.freeze(config),
    start: at(0),
    update: ({ updates }: ScheduleState) => at(updates + 1),
    at,
    ...(end !== undefined && { end }),
  });
}

/** A frozen view of a schedule. */
export const fixedSchedule = (schedule: Schedule): Schedule =>
  frozenView(schedule, ['name', 'per', 'config', 'start', 'end', 'update', 'at']);

/** Keeps the initial learning rate, as the Keras example does. */
export function constantSchedule(): Schedule {
  return byCount({ name: 'constant' }, () => 1);
}

/** Options of {@link linearSchedule}: lengths in epochs, or in steps. */
export type LinearScheduleOptions =
  | {
      /** Epochs at the initial learning rate. */
      epochs: number;
      /** Epochs of the decay that follows. The epoch after it would have rate 0. */
      decayEpochs: number;
    }
  | {
      /** Steps at the initial learning rate. */
      steps: number;
      /** Steps of the decay that follows. The step after it would have rate 0. */
      decaySteps: number;
    };

/** Whether lengths are in steps. */
const inSteps = (options: unknown): options is { steps: number } =>
  typeof options === 'object' && options !== null && 'steps' in options;

/**
 * Keeps the initial learning rate, then decays linearly to 0. In epochs, this is the default of the paper and of the PyTorch
 * program. In steps, the rate changes after each step, which suits short runs.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [Porting from PyTorch: learning rates](../../../docs/porting-from-pytorch.md#learning-rates)
 * @example
 * ```ts
 * import { CycleGAN, CycleGANTrainer, linearSchedule } from 'ts-cyclegan';
 * const shortRun = (model: CycleGAN) =>
 *   new CycleGANTrainer(model, { schedule: linearSchedule({ steps: 600, decaySteps: 600 }) });
 * ```
 */
export function linearSchedule(options: LinearScheduleOptions): Schedule {
  const decay = (constant: number, decaying: number) => (t: number) =>
    Math.max(0, 1 - Math.max(0, t + 1 - constant) / (decaying + 1));
  if (inSteps(options)) {
    const entries = { steps: wholeNumber(0), decaySteps: wholeNumber(0) };
    const { steps, decaySteps } = resolveOptions('linearSchedule', entries, options);
    return byCount({ name: 'linear', steps, decaySteps }, decay(steps, decaySteps), steps + decaySteps);
  }
  const entries = { epochs: wholeNumber(0), decayEpochs: wholeNumber(0) };
  const { epochs, decayEpochs } = resolveOptions('linearSchedule', entries, options);
  return byCount({ name: 'linear', epochs, decayEpochs }, decay(epochs, decayEpochs), epochs + decayEpochs);
}

/** Options of {@link stepSchedule}. */
export interface StepScheduleOptions {
  /**
   * Epochs between two reductions.
   * @default 50
   */
  every?: number;
  /**
   * Factor of one reduction.
   * @default 0.1
   */
  gamma?: number;
}

/**
 * Multiplies the learning rate by `gamma` every `every` epochs.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function stepSchedule(options: StepScheduleOptions = {}): Schedule {
  const entries = {
    every: withDefault(wholeNumber(1), 50),
    gamma: withDefault(finiteNumber(0, 1), 0.1),
  };
  const { every, gamma } = resolveOptions('stepSchedule', entries, options);
  return byCount({ name: 'step', every, gamma }, (t) => gamma ** Math.floor(t / every));
}

/** Options of {@link cosineSchedule}: the length in epochs, or in steps. */
export type CosineScheduleOptions =
  | {
      /** Epochs from the initial learning rate to 0. */
      epochs: number;
    }
  | {
      /** Steps from the initial learning rate to 0. */
      steps: number;
    };

/**
 * Decays along half a cosine wave to 0. As in PyTorch, the rate rises again afterwards, so do not train longer.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function cosineSchedule(options: CosineScheduleOptions): Schedule {
  const wave = (length: number) => (t: number) => (1 + Math.cos((Math.PI * t) / length)) / 2;
  if (inSteps(options)) {
    const { steps } = resolveOptions('cosineSchedule', { steps: wholeNumber(1) }, options);
    return byCount({ name: 'cosine', steps }, wave(steps));
  }
  const { epochs } = resolveOptions('cosineSchedule', { epochs: wholeNumber(1) }, options);
  return byCount({ name: 'cosine', epochs }, wave(epochs));
}

/** Options of {@link plateauSchedule}. */
export interface PlateauScheduleOptions {
  /**
   * Factor of one reduction.
   * @default 0.2
   */
  factor?: number;
  /**
   * The relative decrease below the best metric that counts as an improvement.
   * @default 0.01
   */
  threshold?: number;
  /**
   * Updates without improvement that are tolerated. The next one reduces the rate.
   * @default 5
   */
  patience?: number;
}

/**
 * Multiplies the learning rate by `factor` if the metric no longer decreases. It is `ReduceLROnPlateau` with the settings of the
 * PyTorch program, which passes it no metric; this library passes the sum of the generators' losses.
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
    config: { name: 'plateau', factor, threshold, patience },
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

/** A schedule of this library as plain data, for example `{ name: 'linear', epochs: 100, decayEpochs: 100 }`. */
export type ScheduleConfig =
  | { name: 'constant' }
  | ({ name: 'linear' } & LinearScheduleOptions)
  | ({ name: 'step' } & StepScheduleOptions)
  | ({ name: 'cosine' } & CosineScheduleOptions)
  | ({ name: 'plateau' } & PlateauScheduleOptions);

const byName = {
  constant: constantSchedule,
  linear: linearSchedule,
  step: stepSchedule,
  cosine: cosineSchedule,
  plateau: plateauSchedule,
} as Record<string, (options: never) => Schedule>;

/**
 * The schedule of plain data; other schedules are returned as they are.
 *
 * @throws CycleGANError `INVALID_OPTION`, `UNKNOWN_OPTION`
 */
export function scheduleFrom(where: string, schedule: Schedule | ScheduleConfig): Schedule {
  if ('update' in schedule) return schedule;
  const { name, ...options } = schedule;
  const create = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (create !== undefined) return create(options as never);
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "schedule" must have the name of a schedule, got ${show(name)}. ${nearest(name, Object.keys(byName))}`,
  );
}
