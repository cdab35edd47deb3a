/** CUT: steps, what is resumed bit for bit, memory, and what is refused. Golden cases have the values of a step. */
import * as tf from '@tensorflow/tfjs';
import {
  CUTTrainer,
  type CUTTrainerOptions,
  Random,
  sampleImages,
  sampleTranslations,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { expectRefusal, expectRejection } from '../support/allocations.js';
import { digestOf } from '../support/digest.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyCUT, tinyModel, tinyPictures, weightsOf } from '../support/tiny.js';

/** Fits a tiny model, all cleaned up. */
async function run(
  options: CUTTrainerOptions,
  { stopAfter = Infinity, state, model: own = {} }: { stopAfter?: number; state?: TrainerState; model?: object } = {},
) {
  return await withoutLeaks(async () => {
    const model = tinyCUT(own);
    const [a, b] = [tinyPictures(3, 1), tinyPictures(4, 2)];
    const trainer = new CUTTrainer(model, { seed: 5, patches: 6, ...options });
    try {
      if (state) trainer.restore(state);
      const callbacks = { onStepEnd: (step: number) => void (trainer.stopTraining = step >= stopAfter) };
      const { history } = await trainer.fit(a, b, { callbacks, batchSize: 2 });
      return { history, state: await trainer.state(), digest: await digestOf(trainer), step: trainer.step };
    } finally {
      trainer.dispose();
      model.dispose();
      tf.dispose([a, b]);
    }
  });
} // prettier-ignore

describe('resuming gives the same bit for bit', () => {
  it.each<[string, CUTTrainerOptions, object]>([
    ['cut, averages', { ema: 0.9 }, {}],
    ['fastcut, dropout, in an accumulation, with a penalty', { preset: 'fastcut', accumulate: 2, adversarial: 'wgan-gp' }, { dropout: true, norm: 'batch' }],
  ])('%s', async (_, options, model) => {
    const all = { epochs: 2, ...options };
    const whole = await run(all, { model });
    expect(whole.step).toBe(4);
    const half = await run(all, { stopAfter: 3, model });
    expect((await run(all, { state: half.state, model })).digest).toBe(whole.digest);
  }); // prettier-ignore
});

it('has the losses of its options', async () => {
  const { history } = await run({ epochs: 1 });
  expect(Object.keys(history)).toEqual(expect.arrayContaining(['G_GAN', 'NCE', 'D_real', 'D_fake', 'NCE_Y']));
  const fast = await run({ epochs: 1, preset: 'fastcut', adversarial: 'wgan-gp' });
  expect(Object.keys(fast.history)).toContain('gp_D');
  expect(Object.keys(fast.history)).not.toContain('NCE_Y');
});

it('trains all three networks, the same with any use of memory up to rounding', () =>
  withoutLeaks(async () => {
    const [a, b] = [tinyBatch(2, 1), tinyBatch(2, 2)];
    const results: number[][] = [];
    for (const memory of ['fast', 'balanced', 'low'] as const) {
      const model = tinyCUT();
      const before = await Promise.all(Object.values(model.networks).map(weightsOf));
      const trainer = new CUTTrainer(model, { patches: 6, memory, seed: 1 });
      results.push(Object.values(await trainer.trainStep(a, b)));
      const after = await Promise.all(Object.values(model.networks).map(weightsOf));
      after.forEach((weights, i) => expect(weights).not.toEqual(before[i]));
      trainer.dispose();
      model.dispose();
    }
    expect(results[1]).toBeAllClose(results[0]!, { rtol: 1e-4 });
    expect(results[2]).toBeAllClose(results[0]!, { rtol: 1e-4 });
    tf.dispose([a, b]);
  }));

it('flips the places of the query with the image', () =>
  withoutLeaks(async () => {
    // with symmetric kernels, the features of a flipped image are the flipped features, so a flip changes no loss
    const model = tinyCUT({ downsamplingBlocks: 0 });
    for (const weight of model.generator.weights) {
      if (weight.shape.length !== 4) continue;
      const symmetric = tf.tidy(() => tf.add(weight.read(), tf.reverse(weight.read(), 1)));
      weight.write(symmetric);
      symmetric.dispose();
    }
    const [a, b] = [tinyBatch(2, 1), tinyBatch(2, 2)];
    const places = [
      [0, 20, 90, 195],
      [0, 9, 30, 63],
    ].map((at) => tf.tensor1d(at, 'int32'));
    const draws = { 'places-NCE-0': places[0]!, 'places-NCE-1': places[1]! };
    const flips = new Set<boolean>();
    const losses: number[] = [];
    for (const seed of [1, 7_654_321, 123_456_789, 987_654_321]) {
      flips.add(new Random(seed).uniform() < 0.5);
      const trainer = new CUTTrainer(model, { preset: 'fastcut', patches: 4, seed, learningRate: 1e-12 });
      losses.push((await trainer.trainStep(a, b, { draws })).NCE);
      trainer.dispose();
    }
    expect(flips.size).toBe(2);
    expect(losses).toBeAllClose(new Array<number>(4).fill(losses[0]!), { rtol: 1e-4 });
    expect(losses[0]).not.toBeCloseTo(10 * Math.log(4), 2); // that of vectors that are all alike
    tf.dispose([a, b, places]);
    model.dispose();
  }));

it('samples translations', () =>
  withoutLeaks(async () => {
    const model = tinyCUT();
    const [a, b, images] = [tinyPictures(1, 1), tinyPictures(1, 2), tinyBatch(2)];
    const trainer = new CUTTrainer(model, { epochs: 4, patches: 4, ema: 0.5 });
    const shapes: number[][] = [];
    const onSample = ({ fake_B }: { fake_B: tf.Tensor }) => void shapes.push(fake_B.shape);
    await trainer.fit(a, b, { epochs: 1, callbacks: sampleTranslations({ images, onSample }) });
    expect(shapes).toEqual([[2, 8, 8, 3]]);
    const cycle = sampleImages({ images: { A: images }, onSample: () => undefined });
    await expect(trainer.fit(a, b, { epochs: 2, callbacks: cycle as never })).rejects.toThrow(
      'sampleImages: this callback samples a CycleGAN, got a trainer of another model. Use the callback for your trainer.',
    );
    trainer.dispose();
    model.dispose();
    tf.dispose([a, b, images]);
  }));

describe('refuses', () => {
  it('wrong options, before anything is allocated', () =>
    withoutLeaks(() => {
      const model = tinyCUT();
      const cyclegan = tinyModel();
      const create = (options: object) => () => new CUTTrainer(model, options);
      expectRefusal(create({ lambdaNCE: 1 }), 'UNKNOWN_OPTION', 'CUTTrainer: unknown option "lambdaNCE". Did you mean "lambdaNce"?');
      expectRefusal(create({ nceTemperature: 0 }), 'INVALID_OPTION', 'CUTTrainer: option "nceTemperature" must be a number above 0, got 0.');
      expectRefusal(create({ patches: 0 }), 'INVALID_OPTION', 'CUTTrainer: option "patches" must be a whole number from 1, got 0.');
      expectRefusal(create({ preset: 'slow' }), 'INVALID_OPTION', 'CUTTrainer: option "preset" must be one of "cut", "fastcut", got "slow".');
      expectRefusal(() => new CUTTrainer(cyclegan as never), 'INVALID_ARGUMENT', 'CUTTrainer: expected a CUT as first argument, got a CycleGAN. Options come second.');
      const trainer = new CUTTrainer(model);
      expectRefusal(() => { trainer.setLossWeights({ lambdaNce: -1 }); }, 'INVALID_OPTION', 'CUTTrainer.setLossWeights: option "lambdaNce" must be a number from 0, got -1.');
      trainer.dispose();
      model.dispose();
      cyclegan.dispose();
    })); // prettier-ignore

  it('images and places that do not fit, before anything is computed', () =>
    withoutLeaks(async () => {
      const model = tinyCUT();
      const trainer = new CUTTrainer(model, { patches: 4 });
      const [a, grey] = [tinyBatch(1), tinyBatch(1, 1, 1)];
      const float = tf.tensor1d([0, 1, 2, 3]);
      const step = (b: tf.Tensor4D, draws: tf.NamedTensorMap = {}) => () => trainer.trainStep(a, b, { draws });
      await expectRejection(step(grey), 'INVALID_SHAPE', 'CUTTrainer.trainStep: b must have 3 channels, got 1.');
      await expectRejection(step(a, { 'places-NCE-9': float }), 'UNKNOWN_OPTION', 'CUTTrainer.trainStep: option "draws" has no "places-NCE-9". Did you mean "places-NCE-0"?');
      await expectRejection(step(a, { 'places-NCE-0': float }), 'INVALID_ARGUMENT', 'CUTTrainer.trainStep: option "draws.places-NCE-0" must be int32, got float32.');
      expect(trainer.step).toBe(0);
      tf.dispose([a, grey, float]);
      trainer.dispose();
      model.dispose();
    })); // prettier-ignore
});
