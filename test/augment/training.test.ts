/** A CycleGAN whose discriminators see augmented images: the losses of a step by their definition, memory, states, refusals. */
import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  type AugmentPolicy,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  Random,
} from 'ts-cyclegan';
import { expect, it } from 'vitest';
import { augment, augmentPolicies, drawsOfImage } from '../../src/augment/augment.js';
import { uniformValues } from '../../src/core/draws.js';
import { withoutLeaks } from '../support/leaks.js';
import { allWeights, tinyBatch, tinyModel } from '../support/tiny.js';

const all: readonly AugmentPolicy[] = augmentPolicies;

/** Steps, each on images of its own: the losses of the last, and all weights. */
async function trained(options: CycleGANTrainerOptions, steps: number) {
  const model = tinyModel({ dropout: false });
  const trainer = new CycleGANTrainer(model, { seed: 3, augment: all, ...options });
  let losses: Record<string, number> = {};
  for (let i = 0; i < steps; i++) {
    const [a, b] = [tinyBatch(1, 2 * i + 1), tinyBatch(1, 2 * i + 2)];
    losses = { ...(await trainer.trainStep(a, b)) };
    tf.dispose([a, b]);
  }
  const weights = await allWeights(model);
  trainer.dispose();
  model.dispose();
  return { losses, weights };
}

it.each([
  ['pytorch', 'lsgan'],
  ['keras', 'lsgan'],
  ['pytorch', 'ralsgan'],
] as const)('discriminators see only augmented images: %s, %s', (convention, mode) =>
  withoutLeaks(async () => {
    const model = tinyModel({ convention });
    const { generatorG: G, generatorF: F, discriminatorX: X, discriminatorY: Y } = model;
    const [a, b] = [tinyBatch(2, 1), tinyBatch(2, 2)];
    const random = new Random(3);
    const draws = ['G_A', 'G_B', 'real B', 'fake B', 'real A', 'fake A', 'real G_A', 'real G_B'].map((name) => {
        const shape: [number, number] = [2, drawsOfImage(all)];
        return [name, tf.tensor2d(uniformValues(shape, random), shape)] as const;
      }); // prettier-ignore
    const want = tf.tidy(() => {
      const loss = adversarialLoss(mode);
      const drawn = new Map(draws);
      const judge = (D: tf.LayersModel, images: tf.Tensor, name: string) =>
        D.predict(augment(images as tf.Tensor4D, all, drawn.get(name)!)) as tf.Tensor;
      const [fakeB, fakeA] = [G.predict(a), F.predict(b)] as tf.Tensor[];
      const losses = {
        G_A: loss.generator(judge(Y, fakeB!, 'G_A'), judge(Y, b, 'real G_A')),
        G_B: loss.generator(judge(X, fakeA!, 'G_B'), judge(X, a, 'real G_B')),
        D_A: loss.discriminator(judge(Y, b, 'real B'), judge(Y, fakeB!, 'fake B')).mul(0.5),
        D_B: loss.discriminator(judge(X, a, 'real A'), judge(X, fakeA!, 'fake A')).mul(0.5),
      };
      return Object.entries(losses).map(([name, value]) => [name, value.dataSync()[0]!] as const);
    });
    const plain = new CycleGANTrainer(model, { seed: 3, adversarial: mode });
    const start = await plain.state();
    const others = await plain.trainStep(a, b);
    const trainer = new CycleGANTrainer(model, { seed: 3, adversarial: mode, augment: all });
    trainer.restore(start); // with the weights at the start; states do not contain the option
    const got = await trainer.trainStep(a, b);
    for (const [name, value] of want) expect(got[name as 'G_A'], name).toBeCloseTo(value, 5);
    for (const name of ['cycle_A', 'cycle_B', 'idt_A', 'idt_B'] as const) {
      expect(got[name], name).toBeCloseTo(others[name], 5);
    }
    expect(Math.abs(got.G_A - others.G_A)).toBeGreaterThan(1e-5);
    tf.dispose([a, b, draws.map(([, tensor]) => tensor)]);
    trainer.dispose();
    plain.dispose();
    model.dispose();
  }),
);

it('has the same values for each option memory, and for the same seed', () =>
  withoutLeaks(async () => {
    // Adam with ε = 1 enlarges differences of rounding less
    const run = (memory: 'fast' | 'balanced' | 'low', seed = 3) =>
      trained({ epsilon: 1, learningRate: 0.01, memory, seed }, 2);
    const [fast, again, balanced, low, other] = [
      await run('fast'), await run('fast'), await run('balanced'), await run('low'), await run('fast', 4),
    ]; // prettier-ignore
    expect(again).toEqual(fast);
    expect(other.losses).not.toEqual(fast.losses);
    for (const { losses, weights } of [balanced, low]) {
      expect(Object.values(losses)).toBeAllClose(Object.values(fast.losses), { rtol: 1e-5 });
      expect(weights).toBeAllClose(fast.weights, { rtol: 1e-5, atol: 5e-6 });
    }
  }));

it.each<[string, CycleGANTrainerOptions]>([
  ['full pools, averages', { poolSize: 2, ema: 0.9 }],
  ['in the middle of an accumulation, with a penalty', { accumulate: 2, adversarial: 'wgan-gp' }],
])('resumes bit for bit: %s', (_, options) =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { seed: 1, augment: all, ...options });
    const steps = async (by: CycleGANTrainer, from: number, to: number) => {
      const losses = [];
      for (let i = from; i < to; i++) {
        const [a, b] = [tinyBatch(1, 2 * i), tinyBatch(1, 2 * i + 1)];
        losses.push(await by.trainStep(a, b));
        tf.dispose([a, b]);
      }
      return losses;
    };
    await steps(trainer, 0, 3);
    const saved = structuredClone(await trainer.state());
    const want = [await steps(trainer, 3, 6), await trainer.state()];
    const twin = tinyModel({ seed: 99 });
    const second = new CycleGANTrainer(twin, { seed: 1, augment: all, ...options });
    await steps(second, 9, 10); // a history of its own
    second.restore(saved);
    expect([await steps(second, 3, 6), await second.state()]).toEqual(want);
    for (const part of [trainer, model, second, twin]) part.dispose();
  }),
);

it('is among the options of the trainer and of its states, which another trainer accepts', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const [plain, trainer] = [{}, { augment: ['cutout', 'color'] as const }].map(
      (options) => new CycleGANTrainer(model, options),
    );
    expect([plain!.options.augment, trainer!.options.augment]).toEqual([[], ['cutout', 'color']]);
    const state = await trainer!.state();
    expect(state.algorithm.options.augment).toEqual(['cutout', 'color']);
    plain!.restore(state);
    expect(plain!.options.augment).toEqual([]); // options are those of the trainer
    for (const part of [plain!, trainer!, model]) part.dispose();
  }));

const must = 'must be a list of "color", "translation", "cutout", each at most once';

it.each<[unknown, string]>([
  [['colour'], `CycleGANTrainer: option "augment" ${must}, got ["colour"].`],
  ['color', `CycleGANTrainer: option "augment" ${must}, got "color".`],
  [['color', 'color'], `CycleGANTrainer: option "augment" ${must}, got ["color", "color"].`],
  [true, `CycleGANTrainer: option "augment" ${must}, got true.`],
])('%j is refused', (value, message) =>
  withoutLeaks(() => {
    const model = tinyModel();
    expect(() => new CycleGANTrainer(model, { augment: value as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message }),
    );
    model.dispose();
  }),
);
