import { constantSchedule, cosineSchedule, linearSchedule, plateauSchedule, stepSchedule } from 'ts-cyclegan';
import type { Schedule, ScheduleState } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { listCases } from '../golden/format.js';
import { goldenCase, goldenFolder } from '../support/golden-case.js';

interface Config {
  policy: string;
  n_epochs: number;
  n_epochs_decay: number;
  lr_decay_iters: number;
  metrics?: number[];
}

function scheduleOf({ policy, n_epochs, n_epochs_decay, lr_decay_iters }: Config): Schedule {
  if (policy === 'linear') return linearSchedule({ epochs: n_epochs, decayEpochs: n_epochs_decay });
  if (policy === 'step') return stepSchedule({ every: lr_decay_iters });
  if (policy === 'cosine') return cosineSchedule({ epochs: n_epochs });
  return plateauSchedule();
}

/** The factors before the first update and after each. States go through JSON, as in a checkpoint. */
function factors(schedule: Schedule, metrics: number[]): number[] {
  let state = schedule.start;
  return [
    state.factor,
    ...metrics.map((metric) => {
      state = schedule.update(JSON.parse(JSON.stringify(state)) as ScheduleState, metric);
      return state.factor;
    }),
  ];
}

describe('schedules', () => {
  const cases = listCases(goldenFolder).filter((name) => name.startsWith('p-schedule'));
  expect(cases).toHaveLength(9);

  it.each(cases)('gives the factors of PyTorch: %s', (name) => {
    const golden = goldenCase(name);
    const config = golden.config as unknown as Config;
    const { values, atol } = golden.lists.factor!;
    const metrics = config.metrics ?? values.slice(1).map(() => 0);
    expect(factors(scheduleOf(config), metrics)).toBeAllClose(values, { atol, rtol: 0 });
  });

  it('constant keeps the initial rate', () => {
    expect(factors(constantSchedule(), [3, 2, 1])).toEqual([1, 1, 1, 1]);
  });

  it('linear never goes below 0', () => {
    expect(factors(linearSchedule({ epochs: 1, decayEpochs: 1 }), [0, 0, 0, 0])).toEqual([1, 0.5, 0, 0, 0]);
  });

  it('treats a NaN metric as no improvement', () => {
    const schedule = plateauSchedule({ patience: 1, factor: 0.5 });
    expect(factors(schedule, [NaN, 2, NaN, NaN, NaN, NaN])).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.25]);
  });

  it('refuses invalid options', () => {
    expect(() => cosineSchedule({ epochs: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: cosineSchedule: option "epochs" must be a whole number from 1, got 0.]`,
    );
    expect(() => stepSchedule({ gama: 0.5 } as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: stepSchedule: unknown option "gama". Did you mean "gamma"?]`,
    );
    expect(() => plateauSchedule({ factor: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: plateauSchedule: option "factor" must be a number from 0 to 1, got 2.]`,
    );
    expect(() => linearSchedule({ epochs: 100 } as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: linearSchedule: option "decayEpochs" must be a whole number from 0, got undefined.]`,
    );
  });
});
