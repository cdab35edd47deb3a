/** What may change while training: learning rates, weights of losses, which layers are trained. All else is frozen. */
import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  type AdversarialLoss,
  type CycleGAN,
  type CycleGANOptions,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel } from '../support/tiny.js';

/** A trainer of a tiny model and a function that takes steps, always on the same images. */
function training(options: CycleGANTrainerOptions = {}, network: CycleGANOptions = {}) {
  const model = tinyModel(network);
  const trainer = new CycleGANTrainer(model, { seed: 3, ...options });
  const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
  return {
    model,
    trainer,
    step: async (times: number) => {
      for (let i = 1; i < times; i++) await trainer.trainStep(a, b);
      return await trainer.trainStep(a, b);
    },
    dispose: () => {
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    },
  };
}

const valuesOf = async (model: CycleGAN): Promise<Record<string, number[]>> => {
  const { generatorG: G, discriminatorY: Y } = model;
  const weights = Object.entries({ G, Y }).flatMap(([prefix, { layers }]) =>
    layers.flatMap((layer) => layer.weights.map((weight) => [prefix, weight] as const)),
  );
  const read = weights.map(async ([prefix, weight]) => {
    const values = Array.from(await weight.read().data());
    return [`${prefix} ${weight.originalName}`, values] as const;
  });
  return Object.fromEntries(await Promise.all(read));
};

const changed = (before: Record<string, number[]>, after: Record<string, number[]>): string[] =>
  Object.keys(before).filter((name) => String(before[name]) !== String(after[name]));

const backendReplays = () => 'trace' in tf.backend();

describe('layers that are frozen between steps', () => {
  it.each<[string, CycleGANTrainerOptions]>([
    ['replayed', {}],
    ['one term after another', { memory: 'low' }],
    ['never captured', { adversarial: { ...adversarialLoss('lsgan'), pure: false } }],
    ['gradients of two steps', { accumulate: 2 }],
    ['averages, clipped', { ema: 0.9, adversarial: adversarialLoss('wgan', { clip: 0.5 }) }],
  ])('keep their weights until they are trainable again: %s', (_, options) =>
    withoutLeaks(async () => {
      const { model, trainer, step, dispose } = training({ learningRate: 0.01, ...options });
      await step(4);
      const frozen = [
        model.generatorG.layers.find(({ name }) => name === 'model.1')!,
        model.discriminatorY.layers[1]!,
      ];
      const names = ['G model.1/kernel', 'G model.1/bias', 'Y net.0/kernel', 'Y net.0/bias'];
      for (const layer of frozen) layer.trainable = false;
      const before = await valuesOf(model);
      const { trained } = await trainer.state();
      await step(4);
      const meanwhile = await valuesOf(model);
      expect(changed(before, meanwhile).length).toBeGreaterThan(10);
      expect(changed(before, meanwhile).filter((name) => names.includes(name))).toEqual([]);
      const after = await trainer.state();
      for (const name of ['model.1/kernel', 'model.1/bias']) {
        expect(after.trained.generatorG!.optimizer[name]).toEqual(trained.generatorG!.optimizer[name]);
      }
      const steps = (name: string) => after.trained.generatorG!.optimizer[name]!.steps;
      expect(steps('model.4/kernel')).toBe(2 * steps('model.1/kernel'));

      // a trainer that resumes here goes the same way
      const twin = new CycleGANTrainer(model, {
        ...options,
        learningRate: 0.01,
        seed: 3,
      });
      twin.restore(after);
      expect(await digestOf(twin)).toBe(await digestOf(trainer));
      twin.dispose();

      for (const layer of frozen) layer.trainable = true;
      await step(2);
      expect(changed(meanwhile, await valuesOf(model)).filter((name) => names.includes(name))).toEqual(names);
      dispose();
    }),
  );

  it('may be all layers of a network', () =>
    withoutLeaks(async () => {
      const { model, step, dispose } = training();
      model.discriminatorX.trainable = false;
      model.discriminatorY.trainable = false;
      const before = await valuesOf(model);
      const losses = await step(3);
      expect(losses.D_A).toBeGreaterThan(0);
      const names = changed(before, await valuesOf(model));
      expect(names.some((name) => name.startsWith('G'))).toBe(true);
      expect(names.filter((name) => name.startsWith('Y'))).toEqual([]);
      dispose();
    }));
});

describe('weights of losses and learning rates', () => {
  it('change from the next step on, with the values of a trainer with these options', () =>
    withoutLeaks(async () => {
      const changes = { lambdaA: 3, lambdaIdentity: 0 };
      const one = training();
      await one.step(2);
      const state = await one.trainer.state();
      one.trainer.setLossWeights(changes);
      one.trainer.setLearningRate({ generator: 1e-3, discriminator: 5e-4 });
      expect(one.trainer.settings.loss).toMatchObject({ lambdaA: 3, lambdaB: 10, lambdaIdentity: 0 });
      expect(Object.isFrozen(one.trainer.settings) && Object.isFrozen(one.trainer.settings.loss)).toBe(true);
      const losses = await one.step(2);
      const other = training({ ...changes, learningRate: { generator: 1e-3, discriminator: 5e-4 } });
      other.trainer.restore(state);
      expect(await other.step(2)).toEqual(losses);
      expect(losses.idt_A).toBe(0);
      const states = [await one.trainer.state(), await other.trainer.state()];
      expect(states[0]).toEqual(states[1]);
      one.dispose();
      other.dispose();
    }));

  it('are checked like options', () =>
    withoutLeaks(() => {
      const { trainer, dispose } = training({}, { outputChannels: 1 });
      const refused = (change: () => void) => {
        try {
          change();
        } catch (error) {
          return String(error);
        }
        return 'taken';
      };
      expect([
        refused(() => { trainer.setLossWeights({ lambdaA: -1 }); }),
        refused(() => { trainer.setLossWeights({ lambda_A: 1 } as never); }),
        refused(() => { trainer.setLossWeights({ lambdaIdentity: 1 }); }),
        refused(() => { trainer.setLearningRate(0); }),
        refused(() => { trainer.setLearningRate({ generator: 1 } as never); }),
      ]).toMatchInlineSnapshot(`
        [
          "CycleGANError: CycleGANTrainer.setLossWeights: option "lambdaA" must be a number from 0, got -1.",
          "CycleGANError: CycleGANTrainer.setLossWeights: unknown option "lambda_A". Did you mean "lambdaA"?",
          "CycleGANError: CycleGANTrainer.setLossWeights: option "lambdaIdentity" must be 0 for images of 3 and 1 channels, got 1: a generator cannot take images of its own output's channels.",
          "CycleGANError: CycleGANTrainer.setLearningRate: option "learningRate" must be a number above 0, got 0.",
          "CycleGANError: CycleGANTrainer.setLearningRate: option "learningRate" must be a number above 0, or { generator, discriminator }, got an object.",
        ]
      `); // prettier-ignore
      expect(trainer.settings.loss).toMatchObject({ lambdaA: 10, lambdaIdentity: 0 });
      dispose();
    }));
});

describe("a loss of one's own", () => {
  /** lsgan, whose calls are counted. */
  function counted(pure?: boolean) {
    const calls = { generator: 0 };
    const lsgan = adversarialLoss('lsgan');
    const loss: AdversarialLoss = {
      name: 'counted',
      discriminator: (real, fake) => lsgan.discriminator(real, fake),
      generator: (fake) => {
        calls.generator += 1;
        return lsgan.generator(fake);
      },
      ...(pure !== undefined && { pure }),
    };
    return { loss, calls };
  }

  it.each([
    ['that says nothing is called at every step', undefined, 10],
    ['that is pure is replayed', true, 2],
  ])('%s', (_, pure, want) =>
    withoutLeaks(async () => {
      const { loss, calls } = counted(pure);
      const own = training({ adversarial: loss });
      const known = training();
      expect(await own.step(5)).toEqual(await known.step(5));
      expect(calls.generator).toBe(backendReplays() ? want : 10);
      own.dispose();
      known.dispose();
    }),
  );
});

describe('random draws', () => {
  const penalty = adversarialLoss('wgan-gp', { r1: 0.5 });
  it.each<[string, CycleGANTrainerOptions, CycleGANOptions]>([
    ['dropout', {}, { dropout: true }],
    ['penalties', { adversarial: penalty }, {}],
    ['penalties around real images', { adversarial: adversarialLoss('dragan') }, { dropout: true }],
  ])(
    'differ from step to step, and are the same whether a step is replayed or not: %s',
    (_, options, network) =>
      withoutLeaks(async () => {
        const { adversarial = adversarialLoss('lsgan') } = options;
        const replayed = training({ ...options, learningRate: 1e-12 }, network);
        const recorded = training(
          {
            ...options,
            learningRate: 1e-12,
            adversarial: { ...(adversarial as AdversarialLoss), pure: false },
          },
          network,
        );
        const seen: number[] = [];
        for (let i = 0; i < 4; i++) {
          const losses = await replayed.step(1);
          const others = await recorded.step(1);
          expect(Object.values(losses)).toBeAllClose(Object.values(others), { rtol: 1e-5, atol: 1e-6 });
          seen.push(losses.gp_D_A ?? losses.cycle_A);
        }
        expect(new Set(seen).size).toBe(4);
        expect(replayed.trainer.random.state()).toEqual(recorded.trainer.random.state());
        replayed.dispose();
        recorded.dispose();
      }),
  );
});
