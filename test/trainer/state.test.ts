/** Saving and going on: ten steps equal five steps, save, load, five steps, to the last bit. */
import { deserialize, serialize } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import {
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  plateauSchedule,
  type TrainerCallback,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { allWeights, tinyBatch, tinyModel, tinyPictures } from '../support/tiny.js';

const build = (options: CycleGANTrainerOptions, modelSeed = 7) => {
  const model = tinyModel({ dropout: true, seed: modelSeed });
  const trainer = new CycleGANTrainer(model, { seed: 1, ...options });
  const dispose = () => {
    trainer.dispose();
    model.dispose();
  };
  return { model, trainer, dispose };
};

/** Steps `from` to `to`, each on images of its own; the losses of all. */
async function steps(trainer: CycleGANTrainer, from: number, to: number) {
  const all = [];
  for (let i = from; i <= to; i++) {
    const [a, b] = [tinyBatch(1, 2 * i), tinyBatch(1, 2 * i + 1)];
    all.push(await trainer.trainStep(a, b));
    tf.dispose([a, b]);
  }
  return all;
}

describe('state and restore', () => {
  it.each<[string, CycleGANTrainerOptions]>([
    ['pytorch, with pools that are full', { poolSize: 2, ema: 0.9 }],
    ['keras', { convention: 'keras' }],
    [
      'in the middle of an accumulation',
      { accumulate: 3, adversarial: 'dragan', schedule: plateauSchedule() },
    ],
  ])('resumes bit for bit: %s', (_, options) =>
    withoutLeaks(async () => {
      const whole = build(options);
      const expected = await steps(whole.trainer, 1, 10);

      const first = build(options);
      const before = await steps(first.trainer, 1, 5);
      const saved = serialize(await first.trainer.state());
      first.dispose();

      const second = build(options, 99); // other weights, which the state must replace
      await steps(second.trainer, 20, 21); // and a history of its own
      const state = deserialize(saved) as TrainerState;
      second.trainer.restore(state);
      expect(second.trainer.step).toBe(5);
      const after = await steps(second.trainer, 6, 10);

      expect([...before, ...after]).toEqual(expected);
      expect(await allWeights(second.model)).toEqual(await allWeights(whole.model));
      expect(await second.trainer.state()).toEqual(await whole.trainer.state());
      whole.dispose();
      second.dispose();
    }),
  );

  it('resumes between epochs', () =>
    withoutLeaks(async () => {
      const images = [tinyPictures(3, 1), tinyPictures(2, 2)] as const;
      const options = { epochs: 4, poolSize: 2 };
      const whole = build(options);
      const { history } = await whole.trainer.fit(...images);

      const first = build(options);
      const half = await first.trainer.fit(...images, { epochs: 2 });
      const state = await first.trainer.state();
      first.dispose();
      const second = build(options);
      second.trainer.restore(structuredClone(state));
      const rest = await second.trainer.fit(...images);

      expect(rest.epoch).toEqual([2, 3]);
      expect([...half.history.cycle_A!, ...rest.history.cycle_A!]).toEqual(history.cycle_A);
      expect([...half.history.learningRate!, ...rest.history.learningRate!]).toEqual(history.learningRate);
      expect(await allWeights(second.model)).toEqual(await allWeights(whole.model));
      whole.dispose();
      second.dispose();
      tf.dispose(images.flat());
    }));

  it('resumes in the middle of an epoch', () =>
    withoutLeaks(async () => {
      const images = [tinyPictures(4, 1), tinyPictures(3, 2)] as const;
      const options = { epochs: 3, poolSize: 2 };
      const whole = build(options);
      const { history, epoch } = await whole.trainer.fit(...images);

      const first = build(options);
      const stopAt7: TrainerCallback = {
        onStepEnd: (step, _losses, trainer) => void (trainer.stopTraining = step === 7),
      };
      const before = await first.trainer.fit(...images, { callbacks: stopAt7 });
      expect([first.trainer.step, first.trainer.epoch]).toEqual([7, 1]);
      const saved = serialize(await first.trainer.state());
      first.dispose();

      const second = build(options, 99);
      second.trainer.restore(deserialize(saved) as TrainerState);
      const after = await second.trainer.fit(...images);
      expect([...before.epoch, ...after.epoch]).toEqual(epoch);
      for (const [name, values] of Object.entries(history)) {
        const key = name as keyof typeof history;
        expect([...before.history[key]!, ...after.history[key]!]).toEqual(values);
      }
      expect(second.trainer.step).toBe(12);
      expect(await allWeights(second.model)).toEqual(await allWeights(whole.model));
      whole.dispose();
      second.dispose();
      tf.dispose(images.flat());
    }));

  it('does not change when training continues', () =>
    withoutLeaks(async () => {
      const { trainer, dispose } = build({ ema: 0.9 });
      await steps(trainer, 1, 2);
      const state = await trainer.state();
      const copy = structuredClone(state);
      await steps(trainer, 3, 4);
      expect(state).toEqual(copy);
      dispose();
    }));

  it('is consistent, also if a step runs meanwhile', () =>
    withoutLeaks(async () => {
      const options = { ema: 0.9, poolSize: 2, accumulate: 2 };
      const quiet = build(options);
      await steps(quiet.trainer, 1, 3);
      const expected = await quiet.trainer.state();
      quiet.dispose();

      const busy = build(options);
      await steps(busy.trainer, 1, 2);
      const third = steps(busy.trainer, 3, 3); // its numbers are not read yet
      const state = busy.trainer.state();
      await Promise.all([third, steps(busy.trainer, 4, 4)]);
      expect(await state).toEqual(expected);
      busy.dispose();
    }));
});

describe('restore refuses', () => {
  const refusal = async (change: (state: TrainerState) => unknown, options: CycleGANTrainerOptions = {}) =>
    await withoutLeaks(async () => {
      const source = build({ poolSize: 3 });
      await steps(source.trainer, 1, 2);
      const state = structuredClone(await source.trainer.state());
      source.dispose();
      const { trainer, model, dispose } = build({ poolSize: 3, ...options });
      await steps(trainer, 5, 5);
      const before = [await trainer.state(), await allWeights(model)];
      try {
        trainer.restore((change(state) ?? state) as TrainerState);
        return 'no error';
      } catch (error) {
        expect([await trainer.state(), await allWeights(model)]).toEqual(before); // nothing was put in place
        return `${(error as { code: string }).code}: ${(error as Error).message}`;
      } finally {
        dispose();
      }
    });

  it('values that are not a state of such a trainer', async () => {
    expect(await refusal(() => ({}))).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: expected a result of trainer.state(), got an object."`,
    );
    expect(await refusal((state) => ({ ...state, version: 1 }))).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: the state has version 1, this library reads version 2."`,
    );
    expect(await refusal((state) => JSON.parse(JSON.stringify(state)) as unknown)).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: networks.generatorG.model.1/kernel.data is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays."`,
    );
    expect(
      await refusal((state) => {
        delete state.networks.generatorG!['model.1/bias'];
      }),
    ).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: networks.generatorG: "model.1/bias" is missing. Restore into a model built with the same options."`,
    );
    expect(
      await refusal(
        (state) =>
          void (state.networks.generatorF!['model.1/kernel'] = { shape: [1, 2], data: new Float32Array(2) }),
      ),
    ).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: networks.generatorF: "model.1/kernel" must have shape [7, 7, 3, 2], got [1, 2]. Restore into a model built with the same options."`,
    );
    expect(
      await refusal(({ networks: { discriminatorX } }) => {
        const kernel = discriminatorX!['net.0/kernel']!;
        kernel.data = kernel.data.slice(1);
      }),
    ).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: networks.discriminatorX.net.0/kernel is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays."`,
    );
    expect(
      await refusal((state) => {
        delete state.trained.generatorG;
      }),
    ).toMatchInlineSnapshot(`"INVALID_STATE: CycleGANTrainer.restore: trained.generatorG is missing."`);
    expect(await refusal((state) => void (state.random = [1]))).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: random is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays."`,
    );
    expect(await refusal((state) => state, { ema: 0.9 })).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: the state was saved without a moving average, this trainer runs with one. Use the same option "ema"."`,
    );
    expect(
      await refusal(
        (state) =>
          void (state.trained.generatorG!.accumulated = { steps: 2, sums: state.networks.generatorG! }),
        { accumulate: 2 },
      ),
    ).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: trained.generatorG.accumulated has gradients of 2 steps, this trainer updates after 2. Use the same option "accumulate"."`,
    );
    expect(await refusal((state) => state, { poolSize: 1 })).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: stateful.poolA: the pool can hold 1 images, the state has 2. Use the pool size that the state was saved with."`,
    );
    expect(await refusal((state) => ({ ...state, stateful: undefined }))).toMatchInlineSnapshot(
      `"INVALID_STATE: CycleGANTrainer.restore: stateful is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays."`,
    );
  });
});
