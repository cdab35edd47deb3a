/** The whole state of a trainer as one plain object, and the check before it is put back. */
import * as v from 'valibot';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { isFloat32Array } from '../core/typed-arrays.js';
import { type CycleGANNetworks, networkNames } from '../models/cyclegan-options.js';
import type { EpochProgress } from './epoch.js';
import type { ImagePoolState } from './image-pool.js';
import type { MovingAverageState } from './moving-average.js';
import type { PlayerState } from './player.js';
import type { ScheduleState } from './schedules.js';
import { shapeDifference, type TensorData } from './tensor-data.js';

/** Raised when a change makes older readers misread what is written. */
export const stateVersion = 1;

/**
 * Everything that training goes on from, to the last bit: plain objects, numbers and `Float32Array`s, for
 * `structuredClone`, IndexedDB, `postMessage` or Node's `v8.serialize` (JSON does not keep typed arrays).
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

const tensor = v.pipe(
  v.object({ shape: v.array(v.number()), data: v.custom<Float32Array>(isFloat32Array) }),
  v.check(({ shape, data }) => data.length === shape.reduce((size, n) => size * n, 1)),
);
const player = v.object({
  adam: v.object({ steps: v.number(), slots: v.array(v.object({ m: tensor, v: tensor })) }),
  accumulated: v.object({ steps: v.number(), sums: v.array(tensor) }),
});
const pool = v.object({ images: v.array(tensor) });
const schema = v.object({
  epoch: v.number(),
  step: v.number(),
  networks: v.object({
    generatorG: v.array(tensor),
    generatorF: v.array(tensor),
    discriminatorX: v.array(tensor),
    discriminatorY: v.array(tensor),
  }),
  generators: player,
  discriminators: player,
  pools: v.object({ A: pool, B: pool }),
  averages: v.array(v.object({ updates: v.number(), weights: v.array(tensor) })),
  schedule: v.object({ updates: v.number(), factor: v.number() }),
  running: v.nullable(
    v.object({ seed: v.number(), steps: v.number(), sums: v.record(v.string(), v.number()) }),
  ),
  random: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.length(4)),
});

/** Refuses what is no state of a trainer like this one. */
export function checkState(
  where: string,
  state: TrainerState,
  weights: Record<(typeof networkNames)[number], readonly { shape: readonly (number | null)[] }[]>,
  expected: { averages: number; poolSize: number },
): void {
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_STATE', `${where}: ${message}`);
  };
  if ((state as TrainerState | undefined)?.format !== 'ts-cyclegan-trainer') {
    refuse(`expected what trainer.state() gave, got ${show(state)}.`);
  }
  if (state.version !== stateVersion) {
    refuse(`the state has version ${show(state.version)}, this library reads version ${stateVersion}.`);
  }
  const { issues } = v.safeParse(schema, state);
  if (issues !== undefined) {
    refuse(
      `${v.getDotPath(issues[0]) ?? 'the state'} is missing or damaged. ` +
        `Keep states by structuredClone or v8.serialize: JSON does not keep typed arrays.`,
    );
  }
  for (const name of networkNames) {
    const tensors = state.networks[name];
    const difference = shapeDifference(weights[name] as { shape: number[] }[], tensors);
    if (difference !== undefined)
      refuse(`${name}: ${difference}. Restore into a model built with the same options.`);
  }
  if (state.averages.length !== expected.averages) {
    const [has, wants] = [state.averages.length > 0, expected.averages > 0].map((on) =>
      on ? 'with' : 'without',
    );
    refuse(
      `the state was saved ${has} a moving average, this trainer runs ${wants} one. Use the same option "ema".`,
    );
  }
  for (const pool of [state.pools.A, state.pools.B]) {
    if (pool.images.length > expected.poolSize) {
      refuse(
        `an image pool holds ${pool.images.length} pictures, this trainer's ${expected.poolSize}. Use the same "poolSize".`,
      );
    }
  }
}
