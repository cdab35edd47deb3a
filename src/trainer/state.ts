/** The whole state of a trainer as one plain object, and the check before it is put back. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { type CycleGANNetworks, networkNames } from '../models/cyclegan-options.js';
import type { EpochProgress } from './epoch.js';
import type { ImagePoolState } from './image-pool.js';
import type { MovingAverageState } from './moving-average.js';
import type { PlayerState } from './player.js';
import type { Schedule, ScheduleState } from './schedules.js';
import { checkForm, trainerState } from './state-form.js';
import { shapeDifference, type TensorData } from './tensor-data.js';

/** Raised when a change makes older readers misread what is written. */
export const stateVersion = 1;

/**
 * Everything that training goes on from, to the last bit: plain objects, numbers and `Float32Array`s, for
 * `saveState` of `ts-cyclegan/node`, `structuredClone`, IndexedDB or `postMessage` (JSON does not keep typed arrays).
 */
export interface TrainerState {
  format: 'ts-cyclegan-trainer';
  version: number;
  /** Epochs done. */
  epoch: number;
  /** Steps done. */
  step: number;
  /** Weights of each network, in the order of `network.weights`. */
  networks: Record<keyof CycleGANNetworks, TensorData[]>;
  generators: PlayerState;
  discriminators: PlayerState;
  /** Fakes of A's and of B's domain. */
  pools: { A: ImagePoolState; B: ImagePoolState };
  /** Averages of the generators G and F; empty without `ema`. */
  averages: MovingAverageState[];
  schedule: ScheduleState;
  /** The epoch under way, if `fit` was stopped in the middle of one. */
  running: EpochProgress | null;
  random: number[];
}

/** What a trainer takes. */
interface StateFit {
  /** Weights of each network. */
  weights: Record<keyof CycleGANNetworks, readonly { shape: readonly (number | null)[] }[]>;
  /** Whether it averages the generators. */
  averages: boolean;
  poolSize: number;
  /** Of A's and B's images. */
  channels: { A: number; B: number };
  schedule: Schedule;
}

/**
 * Refuses what is no state of a trainer, whichever.
 *
 * @throws CycleGANError `INVALID_STATE`
 */
export function checkStateForm(where: string, state: unknown): asserts state is TrainerState {
  const { format, version } = (state ?? {}) as Partial<TrainerState>;
  if (format !== 'ts-cyclegan-trainer') {
    throw new CycleGANError(
      'INVALID_STATE',
      `${where}: expected what trainer.state() gave, got ${show(state)}.`,
    );
  }
  if (version !== stateVersion) {
    throw new CycleGANError(
      'INVALID_STATE',
      `${where}: the state has version ${show(version)}, this library reads version ${stateVersion}.`,
    );
  }
  checkForm(where, trainerState, state);
}

/**
 * Refuses what is no state of a trainer like this one.
 *
 * @throws CycleGANError `INVALID_STATE`
 */
export function checkState(where: string, state: TrainerState, fit: StateFit): void {
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_STATE', `${where}: ${message}`);
  };
  checkStateForm(where, state);
  const sameWeights = (name: string, network: keyof CycleGANNetworks, tensors: readonly TensorData[]) => {
    const difference = shapeDifference(fit.weights[network] as { shape: number[] }[], tensors);
    if (difference !== undefined) {
      refuse(`${name}: ${difference}. Restore into a model built with the same options.`);
    }
  };
  for (const name of networkNames) sameWeights(name, name, state.networks[name]);
  if (state.averages.length !== (fit.averages ? 2 : 0)) {
    const [has, wants] = [state.averages.length > 0, fit.averages].map((on) => (on ? 'with' : 'without'));
    refuse(
      has === wants
        ? `averages must be two, of the generators, got ${state.averages.length}.`
        : `the state was saved ${has} a moving average, this trainer runs ${wants} one. Use the same option "ema".`,
    );
  }
  for (const [i, { weights }] of state.averages.entries()) {
    sameWeights(`averages.${i}`, i === 0 ? 'generatorG' : 'generatorF', weights);
  }
  for (const domain of ['A', 'B'] as const) {
    const { images } = state.pools[domain];
    if (images.length > fit.poolSize) {
      refuse(
        `an image pool holds ${images.length} pictures, this trainer's ${fit.poolSize}. Use the same "poolSize".`,
      );
    }
    const channels = images.map(({ shape }) => shape[3]!);
    const other = channels.findIndex((count) => count !== fit.channels[domain]);
    if (other >= 0) {
      refuse(
        `pools.${domain}.images.${other} must have ${fit.channels[domain]} channels, got ${channels[other]}.`,
      );
    }
  }
  resumeSchedule(where, fit.schedule, state);
}

/**
 * Where a schedule stands after the epochs of a state. With the schedule that the state was saved under it is the state's;
 * another plan holds from the next step on, as if it had held from the start.
 *
 * @throws CycleGANError `INVALID_STATE` if the schedule depends on more than the count of epochs, and the state is another's
 */
export function resumeSchedule(
  where: string,
  schedule: Schedule,
  { schedule: saved, epoch }: TrainerState,
): ScheduleState {
  const { plan } = schedule.start;
  // states were saved without their plan once; a plateau's can be told
  if (saved.plan === plan || (saved.plan === undefined && saved.plateau && schedule.start.plateau)) {
    return { ...saved, ...(plan !== undefined && { plan }) };
  }
  if (schedule.at !== undefined) return schedule.at(epoch);
  throw new CycleGANError(
    'INVALID_STATE',
    `${where}: the state was saved under the schedule "${saved.plan ?? 'unknown'}", this trainer runs ` +
      `"${schedule.name}", which cannot resume from it. Use the same schedule, or one that depends on the epoch alone.`,
  );
}
