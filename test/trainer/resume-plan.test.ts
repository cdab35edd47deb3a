/** Resuming under another plan of learning rates. */
import * as tf from '@tensorflow/tfjs';
import {
  constantSchedule,
  cosineSchedule,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  linearSchedule,
  plateauSchedule,
  type Schedule,
  stepSchedule,
  type TrainerCallback,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel, tinyPictures } from '../support/tiny.js';

/** Trains 2 epochs under one plan, or one and a half, then the rest under another. @returns the rates of the rest, or its refusal */
async function resume(
  first: CycleGANTrainerOptions,
  second: CycleGANTrainerOptions,
  half = false,
): Promise<unknown> {
  return await withoutLeaks(async () => {
    const model = tinyModel({ residualBlocks: 0 });
    const count = half ? 2 : 1;
    const [a, b] = [tinyPictures(count, 1), tinyPictures(count, 2)];
    const trainer = new CycleGANTrainer(model, first);
    const stop: TrainerCallback = { onStepEnd: (at, _l, t) => void (t.stopTraining = half && at === 3) };
    await trainer.fit(a, b, { epochs: 2, callbacks: stop });
    const state = structuredClone(await trainer.state());
    const other = new CycleGANTrainer(model, second);
    try {
      other.restore(state);
      return (await other.fit(a, b)).history.learningRate;
    } catch (error) {
      return `${(error as { code?: string }).code}: ${(error as Error).message}`;
    } finally {
      tf.dispose([...a, ...b]);
      for (const one of [trainer, other, model]) one.dispose();
    }
  });
}

const own = (factor: number): Schedule => ({
  name: 'own',
  start: { updates: 0, factor: 1 },
  update: ({ updates, factor: now }) => ({ updates: updates + 1, factor: now * factor }),
});

describe('a run that resumes with another schedule', () => {
  // P's rate of epoch e, from 0, of n + d epochs: 2e-4 · (1 − max(0, e + 1 − n)/(d + 1))
  it.each<[string, CycleGANTrainerOptions, CycleGANTrainerOptions, boolean, number[]]>([
    ['2 epochs into 4', { epochs: 2 }, { epochs: 4 }, false, [2e-4 * (1 - 1 / 3), 2e-4 * (1 - 2 / 3)]],
    ['in mid-epoch', { epochs: 2 }, { epochs: 4 }, true, [2e-4, 2e-4 * (1 - 1 / 3), 2e-4 * (1 - 2 / 3)]],
    ['into fewer', { epochs: 4 }, { epochs: 3 }, false, [2e-4 * (1 - 1 / 2)]],
    ["from Keras' plan into P's", { epochs: 2, convention: 'keras' }, { epochs: 4, convention: 'pytorch' }, false, [2e-4 * (1 - 1 / 3), 2e-4 * (1 - 2 / 3)]],
    ["from P's plan into Keras'", { epochs: 2 }, { epochs: 3, convention: 'keras', poolSize: 50 }, false, [2e-4]],
    ['from cosine to linear', { epochs: 2, schedule: cosineSchedule({ epochs: 2 }) }, { epochs: 3, schedule: linearSchedule({ epochs: 1, decayEpochs: 2 }) }, false, [2e-4 * (1 - 2 / 3)]],
    ['from linear to cosine', { epochs: 2 }, { epochs: 3, schedule: cosineSchedule({ epochs: 4 }) }, false, [1e-4]],
    ['from plateau to step', { epochs: 2, schedule: plateauSchedule() }, { epochs: 3, schedule: stepSchedule({ every: 1, gamma: 0.5 }) }, false, [0.5e-4]],
    ['from one of your own to constant', { epochs: 2, schedule: own(0.5) }, { epochs: 3, schedule: constantSchedule() }, false, [2e-4]],
    ['from one of your own to itself', { epochs: 2, schedule: own(0.5) }, { epochs: 3, schedule: own(0.5) }, false, [0.5e-4]],
  ])('has the rates of the new schedule: %s', async (_, first, second, half, rates) => {
    expect(await resume(first, second, half)).toBeAllClose(rates);
  }); // prettier-ignore

  it('is refused if the schedule depends on earlier metrics', async () => {
    expect(await resume({ epochs: 2 }, { epochs: 3, schedule: plateauSchedule() })).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: the state was saved with the schedule "linear, epochs 1, decayEpochs 1", this trainer uses "plateau", which cannot resume from it. Use the same schedule, or one that depends on the epoch only."`,
    );
    expect(await resume({ epochs: 2 }, { epochs: 3, schedule: own(0.5) })).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: the state was saved with the schedule "linear, epochs 1, decayEpochs 1", this trainer uses "own", which cannot resume from it. Use the same schedule, or one that depends on the epoch only."`,
    );
  });

  it('keeps the state of a plateau', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { schedule: plateauSchedule({ factor: 0.5 }) });
      const state = await trainer.state();
      const seen = { updates: 3, factor: 0.25, plateau: { best: 2, waited: 1 } };
      trainer.restore({ ...state, epoch: 3, schedule: { plan: 'plateau', ...seen } });
      expect(trainer.learningRate.generator).toBe(0.5e-4);
      expect((await trainer.state()).schedule).toEqual({ plan: 'plateau', ...seen });
      const linear = new CycleGANTrainer(model, { epochs: 4 });
      linear.restore({ ...(await linear.state()), epoch: 2, schedule: { updates: 2, factor: 0.9 } });
      expect(linear.learningRate.generator).toBeCloseTo(2e-4 * (1 - 1 / 3), 10);
      for (const one of [trainer, linear, model]) one.dispose();
    }));
});
