/** Steps of the pix2pix trainer. The values of whole steps against PyTorch are in test/golden. */
import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  Dropout,
  type Pix2PixOptions,
  Pix2PixTrainer,
  type Pix2PixTrainerOptions,
  Random,
  type SeparableLoss,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import { withoutLeaks } from '../support/leaks.js';
import { pix2pixWeights, tinyBatch, tinyPix2Pix, weightsOf } from '../support/tiny.js';

/** A trainer of a tiny model, and a function that takes steps, always on the same pairs. */
function training(options: Pix2PixTrainerOptions = {}, network: Pix2PixOptions = {}, batch = 1) {
  const model = tinyPix2Pix(network);
  const trainer = new Pix2PixTrainer(model, { seed: 3, ...options });
  const [input, target] = [tinyBatch(batch, 1, 1), tinyBatch(batch, 2, 2)];
  return {
    model, trainer, input, target,
    step: async (times = 1) => {
      for (let i = 1; i < times; i++) await trainer.trainStep(input, target);
      return await trainer.trainStep(input, target);
    },
    dispose: () => {
      tf.dispose([input, target]);
      trainer.dispose();
      model.dispose();
    },
  }; // prettier-ignore
}

/** Losses and all weights after some steps. */
async function trained(
  options: Pix2PixTrainerOptions,
  { network = {}, steps = 1, batch = 1 }: { network?: Pix2PixOptions; steps?: number; batch?: number } = {},
) {
  const { model, step, dispose } = training(options, network, batch);
  try {
    return { losses: await step(steps), weights: await pix2pixWeights(model) };
  } finally {
    dispose();
  }
}

/** Means of the scores as losses. */
const means: SeparableLoss = {
  name: 'means',
  pure: true,
  discriminator: (real, fake) => tf.sub(tf.mean(fake), tf.mean(real)),
  discriminatorReal: (real) => tf.mean(real),
  discriminatorFake: (fake) => tf.mean(fake),
  generator: (fake) => tf.mean(fake),
};

const backendReplays = () => 'trace' in tf.backend();

describe('the fake', () => {
  it('is the same for both networks, with new dropout masks in each step', () =>
    withoutLeaks(async () => {
      // at a rate that changes nothing the discriminator gives both phases the same mean of the same fake
      const { step, dispose } = training({ adversarial: means, learningRate: 1e-12 });
      const seen = new Set<number>();
      for (let i = 0; i < 5; i++) {
        const { D_fake, G_GAN } = await step();
        expect(D_fake).toBeCloseTo(G_GAN, 6);
        seen.add(D_fake);
      }
      expect(seen.size).toBe(5);
      dispose();
    }));

  it("has the masks that the trainer's stream draws", () =>
    withoutLeaks(async () => {
      const { model, trainer, step, input, target, dispose } = training({ seed: 11, lambdaL1: 7 });
      const values = new Random(11);
      const twin = tinyPix2Pix();
      const dropout = twin.generator.layers.filter((layer) => layer instanceof Dropout);
      expect(dropout).toHaveLength(1);
      for (let i = 0; i < 3; i++) {
        twin.generator.setWeights(model.generator.getWeights());
        dropout[0]!.draws = {
          uniform: (shape) =>
            tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => values.uniform()), [...shape]),
        }; // prettier-ignore
        const distance = tf.tidy(() => {
          const fake = twin.generator.apply(input, { training: true }) as tf.Tensor;
          return tf.mul(tf.mean(tf.abs(tf.sub(fake, target))), 7);
        });
        const { G_L1 } = await step();
        expect([G_L1]).toBeAllClose([...(await distance.data())], { rtol: 1e-5 });
        distance.dispose();
      }
      expect(values.state()).toEqual(trainer.random.state());
      twin.dispose();
      dispose();
    }));

  it('is taken into running statistics once, and three passes into those of the discriminator', () =>
    withoutLeaks(async () => {
      const { model, step, input, target, dispose } = training(
        { adversarial: means, learningRate: 1e-12 },
        { dropout: false },
      );
      const twin = tinyPix2Pix({ dropout: false });
      const running = async (network: tf.LayersModel) =>
        Promise.all(
          network.weights
            .filter(({ name }) => name.includes('moving_mean'))
            .map(async (weight) => [...(await weight.read().data())]),
        );
      const observed = async (network: tf.LayersModel, passes: tf.Tensor[]) => {
        for (const x of passes) tf.dispose(network.apply(x, { training: true }) as tf.Tensor);
        return (await running(network)).flat();
      };
      const fake = model.translate(input);
      await step();
      expect((await running(model.generator)).flat()).toBeAllClose(await observed(twin.generator, [input]), { rtol: 1e-4, atol: 1e-7 }); // prettier-ignore
      const [pairFake, pairReal] = [fake, target].map((image) => tf.concat([input, image], 3));
      const order = [pairFake!, pairReal!, pairFake!];
      expect((await running(model.discriminator)).flat()).toBeAllClose(await observed(twin.discriminator, order), { rtol: 1e-4, atol: 1e-7 }); // prettier-ignore
      tf.dispose([fake, pairFake!, pairReal!]);
      twin.dispose();
      dispose();
    }));
});

describe('trainStep', () => {
  it.each<[string, Pix2PixTrainerOptions, Pix2PixOptions]>([
    ['as it is', {}, {}],
    ['a penalty, averages, accumulation', { adversarial: adversarialLoss('wgan-gp', { r1: 1 }), ema: 0.99, accumulate: 3, memory: 'low' }, {}],
    ['clipped, without dropout', { adversarial: 'wgan' }, { dropout: false }],
  ])('has the same tensor count after step 12 as after step 3: %s', (_, options, network) =>
    withoutLeaks(async () => {
      const { step, dispose } = training(options, network);
      await step(3);
      const { numTensors } = tf.memory();
      await step(9);
      expect(tf.memory().numTensors).toBe(numTensors);
      dispose();
    }),
  ); // prettier-ignore

  const failing = (part: 'generator' | 'discriminatorReal' | 'discriminatorFake' | 'penalty') => {
    const loss = adversarialLoss('wgan-gp') as Required<SeparableLoss>;
    let failed = false;
    return Object.assign({}, loss, {
      [part]: (...args: unknown[]) => {
        if (!failed) {
          failed = true;
          throw new Error(`failed in ${part}`);
        }
        return (loss[part] as (...args: unknown[]) => tf.Scalar)(...args);
      },
    });
  };

  it.each(['generator', 'discriminatorReal', 'discriminatorFake', 'penalty'] as const)(
    'changes nothing and leaves no tensor when %s throws, and goes on after',
    (part) =>
      withoutLeaks(async () => {
        const { trainer, step, dispose } = training({ adversarial: failing(part), ema: 0.9 });
        const sound = training({ adversarial: 'wgan-gp', ema: 0.9 });
        const [before, digest] = [tf.memory().numTensors, await digestOf(trainer)];
        await expect(step()).rejects.toThrow(`failed in ${part}`);
        expect(tf.memory().numTensors).toBe(before);
        expect(await digestOf(trainer)).toBe(digest);
        expect(await step(2)).toEqual(await sound.step(2));
        sound.dispose();
        dispose();
      }),
  );

  it('accepts single images and batches, and returns the losses by name, in order', () =>
    withoutLeaks(async () => {
      const { trainer, input, target, dispose } = training({ adversarial: 'wgan-gp' });
      const single = tf.squeeze<tf.Tensor3D>(input, [0]);
      const losses = await trainer.trainStep(single, target);
      expect(Object.keys(losses)).toEqual(['G_GAN', 'G_L1', 'D_real', 'D_fake', 'gp_D']);
      single.dispose();
      dispose();
    }));

  it('accepts sizes that change from step to step', () =>
    withoutLeaks(async () => {
      const { trainer, step, dispose } = training();
      const [input, target] = [tf.zeros<tf.Rank.R4>([2, 8, 12, 1]), tf.zeros<tf.Rank.R4>([2, 8, 12, 2])];
      for (let i = 0; i < 3; i++) {
        expect((await step()).G_L1).toBeGreaterThan(0);
        expect((await trainer.trainStep(input, target)).G_L1).toBeGreaterThan(0);
      }
      tf.dispose([input, target]);
      dispose();
    }));

  it('has the same values for each option memory, and for the same seed', async () => {
    const options = { epsilon: 1, learningRate: 0.1 };
    const run = (memory: 'fast' | 'balanced' | 'low', seed = 3) =>
      trained({ ...options, memory, seed }, { steps: 3, batch: 2 });
    const [fast, again, balanced, low, other] = [
      await run('fast'), await run('fast'), await run('balanced'), await run('low'), await run('fast', 4),
    ]; // prettier-ignore
    expect(again).toEqual(fast);
    expect(other.losses).not.toEqual(fast.losses);
    for (const { losses, weights } of [balanced, low]) {
      expect(Object.values(losses)).toBeAllClose(Object.values(fast.losses), { rtol: 1e-5 });
      expect(weights).toBeAllClose(fast.weights, { rtol: 1e-5, atol: 1e-7 });
    }
  });

  it.each<[string, SeparableLoss, Pix2PixOptions]>([
    ['dropout', adversarialLoss('vanilla'), {}],
    ['dropout and a penalty', adversarialLoss('wgan-gp', { r1: 0.5 }), {}],
    ['neither', adversarialLoss('lsgan'), { dropout: false, norm: 'instance' }],
  ])('has the same values whether it is replayed or not: %s', (_, loss, network) =>
    withoutLeaks(async () => {
      let calls = 0;
      const counted = (pure: boolean): SeparableLoss => ({
        ...loss,
        pure,
        generator(fake) {
          calls += pure ? 1 : 0;
          return loss.generator(fake);
        },
      });
      const replayed = training({ adversarial: counted(true), learningRate: 1e-12 }, network);
      const recorded = training({ adversarial: counted(false), learningRate: 1e-12 }, network);
      for (let i = 0; i < 4; i++) {
        const [one, other] = [await replayed.step(), await recorded.step()];
        expect(Object.values(one)).toBeAllClose(Object.values(other), { rtol: 1e-5, atol: 1e-6 });
      }
      expect(calls).toBe(backendReplays() ? 1 : 4);
      expect(replayed.trainer.random.state()).toEqual(recorded.trainer.random.state());
      expect(await pix2pixWeights(replayed.model)).toBeAllClose(await pix2pixWeights(recorded.model), { rtol: 1e-4, atol: 1e-6 }); // prettier-ignore
      replayed.dispose();
      recorded.dispose();
    }),
  );

  it('averages gradients over steps as over a batch', () =>
    withoutLeaks(async () => {
      // with a large ε Adam is smooth, so that rounding does not decide which way a weight goes
      const options: Pix2PixTrainerOptions = { epsilon: 1, learningRate: 0.1 };
      const network: Pix2PixOptions = { dropout: false, norm: 'instance' };
      const batch = await trained(options, { network, batch: 2 });
      const { model, trainer, input, target, dispose } = training({ ...options, accumulate: 2 }, network, 2);
      const before = await pix2pixWeights(model);
      const [inputs, targets] = [tf.split<tf.Tensor4D>(input, 2), tf.split<tf.Tensor4D>(target, 2)];
      await trainer.trainStep(inputs[0]!, targets[0]!);
      expect(await pix2pixWeights(model)).toEqual(before);
      await trainer.trainStep(inputs[1]!, targets[1]!);
      // The discriminator moves as over a batch. The generator has learnt from the one before that update.
      const weights = await pix2pixWeights(model);
      const own = (await weightsOf(model.discriminator)).length;
      expect(weights.slice(-own)).toBeAllClose(batch.weights.slice(-own), { rtol: 1e-4, atol: 1e-6 });
      expect(weights.slice(0, -own)).not.toEqual(before.slice(0, -own));
      tf.dispose([inputs, targets]);
      dispose();
    }));

  it('averages the generator, and uses the average in withAverages', () =>
    withoutLeaks(async () => {
      const { model, trainer, step, dispose } = training({ ema: 0.5, learningRate: 0.01 }, { norm: 'none' });
      const weights: number[][] = [await weightsOf(model.generator)];
      for (let i = 0; i < 2; i++) {
        await step();
        weights.push(await weightsOf(model.generator));
      }
      const [first, second, third] = weights;
      // decays (1 + n)/(10 + n): 1/10, then 2/11
      const average = first!.map((w, i) => (2 / 11) * (0.1 * w + 0.9 * second![i]!) + (9 / 11) * third![i]!);
      const discriminator = await weightsOf(model.discriminator);
      await trainer.withAverages(async () => {
        expect(await weightsOf(model.generator)).toBeAllClose(average);
        expect(await weightsOf(model.discriminator)).toEqual(discriminator);
      });
      expect(await weightsOf(model.generator)).toEqual(third);
      dispose();
    }));

  it('trains each network at its own rate, and clips the discriminator with wgan', () =>
    withoutLeaks(async () => {
      const { model, trainer, step, dispose } = training(
        { learningRate: { generator: 0.01, discriminator: 0.0001 } },
        { norm: 'none' },
      );
      const networks = [model.generator, model.discriminator];
      const before = await Promise.all(networks.map(weightsOf));
      await step();
      const after = await Promise.all(networks.map(weightsOf));
      // the first step of Adam moves a weight by its learning rate, whatever the gradient
      const moved = before.map((own, n) => Math.max(...own.map((w, i) => Math.abs(w - after[n]![i]!))));
      expect(moved).toBeAllClose([0.01, 0.0001], { rtol: 1e-2 });
      expect(trainer.learningRate).toEqual({ generator: 0.01, discriminator: 0.0001 });
      dispose();

      const clipped = training({ adversarial: 'wgan', learningRate: 0.1 }, { norm: 'none' });
      await clipped.step();
      const largest = async (network: tf.LayersModel) =>
        Math.max(...(await weightsOf(network)).map(Math.abs));
      expect(await largest(clipped.model.discriminator)).toBeCloseTo(0.01, 6);
      expect(await largest(clipped.model.generator)).toBeGreaterThan(0.1);
      clipped.dispose();
    }));
});

describe('what may change while training', () => {
  it('λ and rates change from the next step on, with the values of a trainer with these options', () =>
    withoutLeaks(async () => {
      const one = training();
      await one.step(2);
      const state = await one.trainer.state();
      one.trainer.setLossWeights({ lambdaL1: 3 });
      one.trainer.setLearningRate({ generator: 1e-3, discriminator: 5e-4 });
      expect(one.trainer.settings.loss.lambdaL1).toBe(3);
      expect(Object.isFrozen(one.trainer.settings) && Object.isFrozen(one.trainer.settings.loss)).toBe(true);
      const losses = await one.step(2);
      const other = training({ lambdaL1: 3, learningRate: { generator: 1e-3, discriminator: 5e-4 } });
      other.trainer.restore(state);
      expect(await other.step(2)).toEqual(losses);
      one.dispose();
      other.dispose();
    }));

  it('layers that are frozen between steps keep their weights', () =>
    withoutLeaks(async () => {
      const { model, step, dispose } = training({ learningRate: 0.01 });
      await step(2);
      const kernels = (network: tf.LayersModel) => network.layers.find((l) => l.getClassName() === 'Conv2D')!;
      const frozen = [model.generator, model.discriminator].map(kernels);
      for (const layer of frozen) layer.trainable = false;
      const values = async () =>
        Promise.all(frozen.map(async (layer) => [...(await layer.weights[0]!.read().data())]));
      const before = [await values(), await pix2pixWeights(model)];
      await step(2);
      expect(await values()).toEqual(before[0]);
      expect(await pix2pixWeights(model)).not.toEqual(before[1]);
      for (const layer of frozen) layer.trainable = true;
      await step();
      const after = await values();
      for (const [i, kernel] of after.entries()) expect(kernel).not.toEqual(before[0]![i]);
      dispose();
    }));
});

it('brings the generator close to its targets', () =>
  withoutLeaks(async () => {
    const { step, dispose } = training({ learningRate: 0.01 }, { filters: 4, dropout: false });
    const { G_L1: first } = await step();
    const { G_L1: last } = await step(30);
    expect(last).toBeLessThan(first * 0.8);
    dispose();
  }));
