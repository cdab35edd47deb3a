/** The state of a trainer as one plain object, and the checks before it is restored. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { namedWeights } from '../../layers/networks.js';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Algorithm } from './algorithm.js';
import type { EpochProgress } from './epoch.js';
import type { MovingAverageState } from './moving-average.js';
import type { OptimizerRule } from './optimizer.js';
import type { Schedule, ScheduleState } from './schedules.js';
import { checkForm, trainerState } from './state-form.js';
import { type NamedTensorData, namedDifference } from './tensor-data.js';
import type { TrainedNetworkState } from './trained-network.js';

/** Increased if older versions of the library would misread new states. */
export const stateVersion = 2;

/**
 * The state of a trainer, from which training resumes bit for bit. It consists of plain objects, plain values and `Float32Array`s,
 * for `saveState` of `ts-cyclegan/node`, `structuredClone`, IndexedDB or `postMessage`. (JSON does not keep typed arrays.)
 * All parts are stored by name.
 */
export interface TrainerState {
  format: 'ts-cyclegan-trainer';
  version: number;
  /** The algorithm. Trainers of other algorithms refuse the state. The options are for information only. */
  algorithm: { name: string; options: Record<string, unknown> };
  /** Completed epochs. */
  epoch: number;
  /** Completed steps. */
  step: number;
  /** Weights of each network, by name. */
  networks: Record<string, NamedTensorData>;
  /** Optimizer and accumulated gradients of each network that is trained. */
  trained: Record<string, TrainedNetworkState>;
  /** Other parts of the algorithm, such as image pools. */
  stateful: Record<string, unknown>;
  /** Moving averages of weights, by network; empty without `ema`. */
  averages: Record<string, MovingAverageState>;
  schedule: ScheduleState;
  /** The current epoch, if `fit` was stopped in the middle of one. */
  running: EpochProgress | null;
  random: number[];
  /** States of callbacks, by name. */
  callbacks: Record<string, unknown>;
}

/** The parts of a trainer that a state must fit. */
export interface StateFit {
  readonly algorithm: Algorithm;
  readonly accumulate: number;
  readonly schedule: Schedule;
}

/**
 * Refuses values that are not the state of a trainer.
 *
 * @throws CycleGANError `INVALID_STATE`
 */
export function checkStateForm(where: string, state: unknown): asserts state is TrainerState {
  const { format, version } = (state ?? {}) as Partial<TrainerState>;
  if (format !== 'ts-cyclegan-trainer') {
    throw new CycleGANError(
      'INVALID_STATE',
      `${where}: expected a result of trainer.state(), got ${show(state)}.`,
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
 * Refuses states that do not fit this trainer.
 *
 * @throws CycleGANError `INVALID_STATE`
 */
export function checkState(where: string, state: TrainerState, fit: StateFit): void {
  const refuse: Refuse = (message) => {
    throw new CycleGANError('INVALID_STATE', `${where}: ${message}`);
  };
  checkStateForm(where, state);
  const { algorithm } = fit;
  if (state.algorithm.name !== algorithm.name) {
    refuse(
      `the state is of the algorithm ${show(state.algorithm.name)}, this trainer runs ${show(algorithm.name)}. ` +
        `Restore it into a trainer of the same algorithm.`,
    );
  }
  const groups = Object.values(algorithm.groups);
  const averaged = groups.flatMap(({ networks, ema = 0 }) => (ema > 0 ? networks : []));
  const [has, wants] = [Object.keys(state.averages).length > 0, averaged.length > 0];
  if (has !== wants) {
    const [saved, here] = [has, wants].map((on) => (on ? 'with' : 'without'));
    refuse(
      `the state was saved ${saved} a moving average, this trainer runs ${here} one. Use the same option "ema".`,
    );
  }
  sameNames(refuse, 'networks', Object.keys(algorithm.networks), state.networks);
  sameNames(
    refuse,
    'trained',
    groups.flatMap(({ networks }) => networks),
    state.trained,
  );
  sameNames(refuse, 'averages', averaged, state.averages);
  sameNames(refuse, 'stateful', Object.keys(algorithm.stateful), state.stateful);
  for (const [name, network] of Object.entries(algorithm.networks)) {
    const shapes = shapesOf(network);
    checkWeights(refuse, `networks.${name}`, shapes, state.networks[name]!);
    const average = state.averages[name];
    if (average === undefined) continue;
    checkWeights(refuse, `averages.${name}`, shapes, average.weights);
    if (average.updates > state.step) {
      refuse(`averages.${name} must count at most ${state.step} updates, got ${average.updates}.`);
    }
  }
  for (const { networks, optimizer } of groups) {
    for (const name of networks) {
      const shapes = shapesOf(algorithm.networks[name]!);
      const training = algorithm.phases.filter(({ terms }) =>
        terms.some(({ trains }) => trains.includes(name)),
      );
      checkTrained(refuse, `trained.${name}`, state.trained[name]!, {
        shapes,
        rule: optimizer,
        updates: state.step * training.length,
        ...fit,
      });
    }
  }
  checkSums(refuse, state, algorithm);
  for (const [name, part] of Object.entries(algorithm.stateful)) {
    part.check(`${where}: stateful.${name}`, state.stateful[name]);
  }
  resumeSchedule(where, fit.schedule, state);
}

type Shapes = Readonly<Record<string, { shape: number[] }>>;

const shapesOf = (network: LayersModel): Shapes =>
  Object.fromEntries(
    [...namedWeights(network)].map(([name, weight]) => [name, { shape: weight.shape as number[] }]),
  );

function checkWeights(refuse: Refuse, path: string, shapes: Shapes, tensors: NamedTensorData): void {
  const difference = namedDifference(shapes, tensors);
  if (difference !== undefined)
    refuse(`${path}: ${difference}. Restore into a model built with the same options.`);
}

/** Checks the optimizer and the accumulated gradients of a network. */
function checkTrained(
  refuse: Refuse,
  path: string,
  { optimizer, accumulated }: TrainedNetworkState,
  {
    shapes,
    rule,
    updates,
    accumulate,
  }: { shapes: Shapes; rule: OptimizerRule; updates: number; accumulate: number },
): void {
  const ofWeight = (where: string, weight: string, tensors: NamedTensorData) => {
    if (shapes[weight] === undefined) refuse(`${where}.${weight} is unknown.`);
    for (const [slot, tensor] of Object.entries(tensors)) {
      const difference = namedDifference({ [weight]: shapes[weight] }, { [weight]: tensor });
      if (difference !== undefined) refuse(`${where}: ${slot} of ${difference}.`);
    }
  };
  for (const [weight, { steps, slots }] of Object.entries(optimizer)) {
    const own = `${path}.optimizer.${weight}`;
    if (steps > updates) refuse(`${own} must count at most ${updates} steps, got ${steps}.`);
    sameNames(refuse, own, rule.slots, slots);
    ofWeight(`${path}.optimizer`, weight, slots);
    const negative = rule.nonNegative.find((slot) => slots[slot]!.data.some((value) => value < 0));
    if (negative !== undefined) refuse(`${own}.slots.${negative} must contain only finite values from 0.`);
  }
  if (accumulated.steps > 0 && accumulated.steps >= accumulate) {
    refuse(
      `${path}.accumulated has gradients of ${accumulated.steps} steps, this trainer updates after ` +
        `${accumulate}. Use the same option "accumulate".`,
    );
  }
  for (const [weight, sum] of Object.entries(accumulated.sums)) {
    ofWeight(`${path}.accumulated.sums`, weight, { sum });
  }
}

type Refuse = (message: string) => never;

function sameNames(refuse: Refuse, path: string, want: readonly string[], got: object): void {
  const missing = want.find((name) => !Object.hasOwn(got, name));
  if (missing !== undefined) refuse(`${path}.${missing} is missing.`);
  const unknown = Object.keys(got).find((name) => !want.includes(name));
  if (unknown !== undefined) refuse(`${path}.${unknown} is unknown.`);
}

/** Checks the sums of losses of the current epoch: after a step, there is one for each loss of the algorithm. */
function checkSums(refuse: Refuse, { running }: TrainerState, algorithm: Algorithm): void {
  if (running === null) return;
  const names = Object.keys(running.sums);
  const unknown = names.find(
    (name) => ![...algorithm.losses, ...(algorithm.optionalLosses ?? [])].includes(name),
  );
  if (unknown !== undefined) refuse(`running.sums.${unknown} is unknown.`);
  const complete =
    running.steps === 0 ? names.length === 0 : algorithm.losses.every((name) => names.includes(name));
  if (!complete)
    refuse(
      `running.sums must have each loss if, and only if, running.steps is not 0, got ${running.steps} steps.`,
    );
}

/**
 * The state of the schedule after resuming. The schedule that the state was saved with resumes from its own state. Another
 * schedule continues as if it had been used from the start.
 *
 * @throws CycleGANError `INVALID_STATE` if another schedule depends on more than the number of epochs
 */
export function resumeSchedule(
  where: string,
  schedule: Schedule,
  { schedule: saved, epoch, step }: TrainerState,
): ScheduleState {
  const { plan } = schedule.start;
  if (saved.plan === plan) return { ...saved };
  if (schedule.at !== undefined) return schedule.at(schedule.per === 'step' ? step : epoch);
  throw new CycleGANError(
    'INVALID_STATE',
    `${where}: the state was saved with the schedule "${saved.plan ?? 'unknown'}", this trainer uses ` +
      `"${schedule.name}", which cannot resume from it. Use the same schedule, or one that depends on the epoch only.`,
  );
}
