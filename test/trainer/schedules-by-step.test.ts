/** Schedules that are updated after each step, and schedules as plain data. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, CycleGANTrainer, cosineSchedule, GAN, GANTrainer, linearSchedule, Pix2Pix, Pix2PixTrainer } from 'ts-cyclegan'; // prettier-ignore
import type { CycleGANTrainerOptions, Schedule, TrainerCallback } from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';

const tiny = { inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, discriminatorLayers: 1, seed: 7 } as const; // prettier-ignore
const set = (value: number) => [tf.fill([16, 16, 3], value), tf.fill([16, 16, 3], -value)] as tf.Tensor3D[];

/** Uses a tiny CycleGAN's trainer, and disposes both. */
async function withTrainer(
  options: CycleGANTrainerOptions,
  use: (trainer: CycleGANTrainer) => Promise<unknown>,
): Promise<void> {
  const model = new CycleGAN(tiny);
  const trainer = new CycleGANTrainer(model, options);
  await use(trainer);
  trainer.dispose();
  model.dispose();
}

/** The generators' rate of each step of `fit`. */
async function ratesOf(trainer: CycleGANTrainer, epochs: number): Promise<number[]> {
  const rates: number[] = [];
  const note: TrainerCallback = { onStepEnd: () => void rates.push(trainer.learningRate.generator) };
  const [a, b] = [set(0.5), set(0.2)];
  rates.push(trainer.learningRate.generator);
  await trainer.fit(a, b, { epochs, callbacks: note });
  tf.dispose([a, b]);
  return rates.slice(0, -1);
}

describe('a schedule in steps', () => {
  // constant for 1 step, then 3 steps of decay: as PyTorch's LambdaLR with n_epochs 1, n_epochs_decay 3, from its factor after 0 updates
  const schedule = linearSchedule({ steps: 1, decaySteps: 3 });
  const expected = [1, 0.75, 0.5, 0.25];

  test('changes the rate after each step', () =>
    withoutLeaks(() =>
      withTrainer({ schedule, learningRate: 1, epochs: 2 }, async (trainer) => {
        expect(await ratesOf(trainer, 2)).toBeAllClose(expected, { rtol: 1e-12, atol: 0 });
      }),
    ));

  test('resumes in the middle of an epoch, also with another schedule', () =>
    withoutLeaks(async () => {
      const options = { schedule, learningRate: 1, epochs: 2 };
      await withTrainer(options, async (first) => {
        const [a, b] = [set(0.5), set(0.2)];
        const callbacks: TrainerCallback = { onStepEnd: (step) => void (first.stopTraining = step === 3) };
        await first.fit(a, b, { callbacks });
        tf.dispose([a, b]);
        const state = await first.state();
        await withTrainer(options, async (second) => {
          second.restore(state);
          expect(await ratesOf(second, 2)).toBeAllClose(expected.slice(3), { rtol: 1e-12, atol: 0 });
        });
        await withTrainer({ ...options, schedule: cosineSchedule({ steps: 6 }) }, async (second) => {
          second.restore(state);
          const half = (1 + Math.cos((Math.PI * 3) / 6)) / 2;
          expect(await ratesOf(second, 2)).toBeAllClose([half], { rtol: 1e-12, atol: 0 });
        });
      });
    }));

  test('cannot train on after its end', () =>
    withTrainer({ schedule: linearSchedule({ steps: 1, decaySteps: 1 }), epochs: 2 }, async (trainer) => {
      const [a, b] = [set(0.5), set(0.2)];
      await trainer.fit(a, b, { epochs: 1 });
      await expect(trainer.fit(a, b)).rejects.toThrow(
        'CycleGANTrainer.fit: 2 steps have been trained, and the learning rate is 0 after step 2. Create the trainer with a longer schedule.',
      );
      tf.dispose([a, b]);
    }));
});

describe('plain data', () => {
  test.each([
    [{ name: 'linear', steps: 3, decaySteps: 3 }, linearSchedule({ steps: 3, decaySteps: 3 })],
    [{ name: 'cosine', epochs: 4 }, cosineSchedule({ epochs: 4 })],
  ] as const)('%j is a schedule', (config, schedule: Schedule) =>
    withTrainer({ schedule: config }, (trainer) => {
      expect(trainer.settings.schedule.start).toEqual(schedule.start);
      expect(trainer.settings.schedule.config).toEqual(config);
      return Promise.resolve();
    }),
  );

  test('of no schedule is refused', () => {
    const model = new CycleGAN(tiny);
    expect(() => new CycleGANTrainer(model, { schedule: { name: 'lineal' } as never })).toThrow(
      'CycleGANTrainer: option "schedule" must have the name of a schedule, got "lineal". Did you mean "linear"?',
    );
    expect(() => new CycleGANTrainer(model, { schedule: { name: 'linear', epoch: 1 } as never })).toThrow(
      'linearSchedule: unknown option "epoch". Did you mean "epochs"?',
    );
    model.dispose();
  });
});

describe('the options of a trainer as JSON make the same trainer', () => {
  const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

  test('CycleGAN', () => {
    const model = new CycleGAN(tiny);
    const trainer = new CycleGANTrainer(model, {
      convention: 'pytorch', adversarial: 'hinge', lambdaA: 3, poolSize: 5, augment: ['cutout'], ema: 0.9, epochs: 7, beta2: 0.9, memory: 'low', learningRate: 1e-3, seed: 5,
    }); // prettier-ignore
    trainer.setLossWeights({ lambdaB: 4 });
    expect(trainer.options).toEqual({
      convention: 'pytorch', adversarial: 'hinge', lambdaA: 3, lambdaB: 4, lambdaIdentity: 0.5, beta1: 0.5, beta2: 0.9, epsilon: 1e-8, poolSize: 5, augment: ['cutout'],
      learningRate: { generator: 1e-3, discriminator: 1e-3 }, epochs: 7, schedule: { name: 'linear', epochs: 4, decayEpochs: 3 },
      accumulate: 1, ema: 0.9, memory: 'low', seed: 5,
    }); // prettier-ignore
    const again = new CycleGANTrainer(model, json(trainer.options));
    expect(again.options).toEqual(trainer.options);
    for (const each of [trainer, again, model]) each.dispose();
  });

  test('pix2pix', () => {
    const model = new Pix2Pix({ inputShape: [32, 32, 1], levels: 5, filters: 2, discriminatorLayers: 1, seed: 3 }); // prettier-ignore
    const trainer = new Pix2PixTrainer(model, { lambdaL1: 20, epochs: 3 });
    expect(trainer.options).toEqual({
      adversarial: 'vanilla', lambdaL1: 20, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, learningRate: { generator: 2e-4, discriminator: 2e-4 },
      epochs: 3, schedule: { name: 'linear', epochs: 2, decayEpochs: 1 }, accumulate: 1, ema: 0, seed: 3,
    }); // prettier-ignore
    const again = new Pix2PixTrainer(model, json(trainer.options));
    expect(again.options).toEqual(trainer.options);
    for (const each of [trainer, again, model]) each.dispose();
  });

  test('a GAN', () => {
    const model = new GAN({ loss: 'wgan', imageShape: [8, 8, 1], filters: 2, latentSize: 4, seed: 7 });
    const trainer = new GANTrainer(model);
    expect(trainer.options).toEqual({
      loss: 'wgan', criticSteps: 5, optimizer: { name: 'rmsprop', alpha: 0.99, epsilon: 1e-8 }, learningRate: { generator: 5e-5, discriminator: 5e-5 },
      epochs: 200, schedule: { name: 'constant' }, accumulate: 1, ema: 0, seed: 7,
    }); // prettier-ignore
    const again = new GANTrainer(model, json(trainer.options));
    expect(again.options).toEqual(trainer.options);
    for (const each of [trainer, again, model]) each.dispose();
  });

  test('losses and schedules of your own are only named', () => {
    const model = new CycleGAN(tiny);
    const schedule: Schedule = { name: 'mine', start: { updates: 0, factor: 1 }, update: (state) => state };
    const trainer = new CycleGANTrainer(model, { schedule });
    expect(trainer.options.schedule).toBe('mine (own)');
    expect(() => new CycleGANTrainer(model, trainer.options)).toThrow(
      'CycleGANTrainer: option "schedule" must be a schedule, or an object with its name, got "mine (own)".',
    );
    for (const each of [trainer, model]) each.dispose();
  });
});
