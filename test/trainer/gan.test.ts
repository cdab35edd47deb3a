/** `GANTrainer`: losses by hand, resuming bit for bit, seeds, replayed steps, and that a step which fails changes nothing. */
import { deserialize, serialize } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import {
  type AdversarialLoss,
  GAN,
  type GANFitOptions,
  ganLoss,
  type GANLossName,
  GANTrainer,
  type GANTrainerOptions,
  type GANTrainingLosses,
  type TrainerCallback,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';
import { weightsOf } from '../support/tiny.js';

const names: GANLossName[] = [
  'gan', 'lsgan', 'wgan', 'wgan-gp', 'dragan', 'cgan', 'infogan', 'acgan', 'ebgan', 'began', 'hinge', 'rsgan', 'ralsgan',
]; // prettier-ignore
const isLabelled = (loss: GANLossName) => loss === 'cgan' || loss === 'acgan';

function build(loss: GANLossName, options: GANTrainerOptions = {}, modelSeed = 7) {
  const model = new GAN({
    loss,
    imageShape: [8, 8, 1],
    latentSize: 3,
    filters: 2,
    initializer: 'kaiming',
    seed: modelSeed,
    ...(isLabelled(loss) && { classes: 3 }),
    ...(loss === 'infogan' && { codes: { categorical: 3, continuous: 2, variance: true } }),
    ...((loss === 'ebgan' || loss === 'began') && { codeSize: 4 }),
  });
  const trainer = new GANTrainer(model, {
    seed: 1,
    criticSteps: loss.startsWith('wgan') ? 2 : 1,
    ...options,
  });
  const dispose = () => {
    trainer.dispose();
    model.dispose();
  };
  return { model, trainer, dispose };
}

const batchOf = (count: number, seed: number) =>
  tf.tidy(() => tf.mul<tf.Tensor4D>(scattered([count, 8, 8, 1], seed), 0.9));
const pictures = (count: number) =>
  Array.from({ length: count }, (_, i) => tf.tidy(() => tf.squeeze<tf.Tensor3D>(batchOf(1, 50 + i), [0])));

/** Steps `from` to `to` on 4 images each. */
async function steps(trainer: GANTrainer, from: number, to: number): Promise<GANTrainingLosses[]> {
  const all = [];
  for (let i = from; i <= to; i++) {
    const images = batchOf(4, i);
    const labels = isLabelled(trainer.model.loss) ? { labels: [0, 2, 1, i % 3] } : {};
    all.push(await trainer.trainStep(images, labels).finally(() => images.dispose()));
  }
  return all;
}

const allWeights = async (model: GAN): Promise<number[]> =>
  (await Promise.all(Object.values(model.networks).map((network) => weightsOf(network)))).flat();

/** Everything that is computed, as far as it shows. */
const standing = async ({ model, trainer }: ReturnType<typeof build>) => [
  await trainer.state(),
  await allWeights(model),
];

describe('resumes bit for bit', () => {
  it.each(names)('between steps: %s', (loss) =>
    withoutLeaks(async () => {
      const options: GANTrainerOptions = loss === 'gan' ? { ema: 0.9, accumulate: 2 } : {};
      const whole = build(loss, options);
      const expected = await steps(whole.trainer, 1, 5);
      const first = build(loss, options);
      const before = await steps(first.trainer, 1, 3);
      const saved = serialize(await first.trainer.state());
      first.dispose();
      const second = build(loss, options, 99);
      await steps(second.trainer, 20, 20);
      second.trainer.restore(deserialize(saved) as TrainerState);
      const after = await steps(second.trainer, 4, 5);
      expect([...before, ...after]).toEqual(expected);
      expect(await standing(second)).toEqual(await standing(whole));
      whole.dispose();
      second.dispose();
    }),
  );

  it.each<GANLossName>(['gan', 'wgan', 'began', 'infogan', 'acgan'])(
    'in the middle of an epoch: %s',
    (loss) =>
      withoutLeaks(async () => {
        const images = pictures(13);
        const labels = images.map((_, i) => i % 3);
        const options: GANFitOptions = { batchSize: 2, ...(isLabelled(loss) && { labels }) };
        const whole = build(loss, { epochs: 2 });
        const { history, epoch } = await whole.trainer.fit(images, options);
        const perEpoch = loss === 'wgan' ? 3 : 6; // 13 images, 2 or 4 a step
        expect(whole.trainer.step).toBe(2 * perEpoch);

        const first = build(loss, { epochs: 2 });
        const stop: TrainerCallback<GANTrainingLosses> = {
          onStepEnd: (step, _losses, trainer) => void (trainer.stopTraining = step === perEpoch + 2),
        };
        const before = await first.trainer.fit(images, { ...options, callbacks: stop });
        expect([first.trainer.step, first.trainer.epoch]).toEqual([perEpoch + 2, 1]);
        const saved = serialize(await first.trainer.state());
        first.dispose();

        const second = build(loss, { epochs: 2 }, 99);
        second.trainer.restore(deserialize(saved) as TrainerState);
        const after = await second.trainer.fit(images, options);
        expect([...before.epoch, ...after.epoch]).toEqual(epoch);
        for (const [name, values] of Object.entries(history)) {
          const key = name as keyof typeof history;
          expect([...before.history[key]!, ...after.history[key]!]).toEqual(values);
        }
        expect(await standing(second)).toEqual(await standing(whole));
        whole.dispose();
        second.dispose();
        tf.dispose(images);
      }),
  );
});

describe('seeds', () => {
  it('give the same values again, and other draws give other values', () =>
    withoutLeaks(async () => {
      const run = async (seed: number) => {
        const one = build('infogan', { seed });
        const losses = await steps(one.trainer, 1, 2);
        one.dispose();
        return losses;
      };
      const first = await run(5);
      expect(await run(5)).toEqual(first);
      expect(await run(6)).not.toEqual(first);
    }));
});

describe('a step that is replayed', () => {
  it.each(names)('has the values of a step that is not replayed: %s', (name) =>
    withoutLeaks(async () => {
      const loss = ganLoss(name);
      const rates = { learningRate: 1e-12 }; // rounding stays rounding
      const replayed = build(name, { loss, ...rates });
      const recorded = build(name, { loss: { ...loss, pure: false } as AdversarialLoss, ...rates });
      for (let i = 1; i <= 4; i++) {
        const [losses] = await steps(replayed.trainer, i, i);
        const [others] = await steps(recorded.trainer, i, i);
        expect(Object.keys(losses!)).toEqual(Object.keys(others!));
        expect(Object.values<number>(losses as never)).toBeAllClose(Object.values<number>(others as never), {
          rtol: 1e-5,
          atol: 1e-6,
        });
      }
      expect(replayed.trainer.random.state()).toEqual(recorded.trainer.random.state());
      replayed.dispose();
      recorded.dispose();
    }),
  );

  it('does not call the loss', () =>
    withoutLeaks(async () => {
      let calls = 0;
      const hinge = ganLoss('hinge');
      const loss: AdversarialLoss = {
        name: 'counted',
        pure: true,
        discriminator: (real, fake) => hinge.discriminator(real, fake),
        generator: (fake) => (calls++, hinge.generator(fake)),
      };
      const [own, known] = [build('hinge', { loss }), build('hinge')];
      expect(await steps(own.trainer, 1, 4)).toEqual(await steps(known.trainer, 1, 4));
      expect(calls).toBe('trace' in tf.backend() ? 1 : 4);
      own.dispose();
      known.dispose();
    }));
});

describe('losses by hand', () => {
  const logits = (model: GAN, images: tf.Tensor) => model.discriminator.predict(images) as tf.Tensor;
  const logistic = (x: tf.Tensor) => tf.mean(tf.log(tf.add(1, tf.exp(tf.neg(x)))));
  const formulas: Partial<Record<GANLossName, [d: (r: tf.Tensor, f: tf.Tensor) => tf.Tensor, g: (r: tf.Tensor, f: tf.Tensor) => tf.Tensor]>> = {
    hinge: [
      (r, f) => tf.add(tf.mean(tf.maximum(0, tf.sub(1, r))), tf.mean(tf.maximum(0, tf.add(1, f)))),
      (_, f) => tf.neg(tf.mean(f)),
    ],
    rsgan: [(r, f) => logistic(tf.sub(r, f)), (r, f) => logistic(tf.sub(f, r))],
    ralsgan: [
      (r, f) =>
        tf.add(
          tf.mean(tf.square(tf.sub(tf.sub(r, tf.mean(f)), 1))),
          tf.mean(tf.square(tf.add(tf.sub(f, tf.mean(r)), 1))),
        ),
      (r, f) =>
        tf.add(
          tf.mean(tf.square(tf.sub(tf.sub(f, tf.mean(r)), 1))),
          tf.mean(tf.square(tf.add(tf.sub(r, tf.mean(f)), 1))),
        ),
    ],
  }; // prettier-ignore

  it.each(['hinge', 'rsgan', 'ralsgan'] as const)(
    '%s, whose generator sees the updated discriminator',
    (loss) =>
      withoutLeaks(async () => {
        const model = new GAN({
        loss, imageShape: [8, 8, 1], latentSize: 3, filters: 2, norm: 'none', initializer: 'kaiming', seed: 7,
      }); // prettier-ignore
        const trainer = new GANTrainer(model, { seed: 1 });
        const images = batchOf(4, 1);
        const draws = { 'z-D-1': scattered([4, 3], 8), 'z-G': scattered([4, 3], 9) };
        const fakes = Object.values(draws).map((z) => model.generator.predict(z) as tf.Tensor);
        const [d, g] = formulas[loss]!;
        const D = tf.tidy(() => d(logits(model, images), logits(model, fakes[0]!)));
        const losses = await trainer.trainStep(images, { draws });
        const G = tf.tidy(() => g(logits(model, images), logits(model, fakes[1]!)));
        expect([losses.D, losses.G]).toBeAllClose([(await D.data())[0]!, (await G.data())[0]!], {
          rtol: 1e-5,
        });
        tf.dispose([images, draws, fakes, D, G]);
        trainer.dispose();
        model.dispose();
      }),
  );

  it('of several updates of the discriminator are returned one by one and as their mean', () =>
    withoutLeaks(async () => {
      const { trainer, dispose } = build('wgan-gp', { criticSteps: 4 });
      const [losses] = await steps(trainer, 1, 1);
      const list = [losses!.D_1!, losses!.D_2!, losses!.D_3!, losses!.D_4!];
      expect(new Set(list).size).toBe(4);
      expect(losses!.D).toBeCloseTo(list.reduce((sum, x) => sum + x) / 4, 5);
      const parts = [losses!.penalty_1!, losses!.penalty_2!, losses!.penalty_3!, losses!.penalty_4!];
      expect(losses!.penalty).toBeCloseTo(parts.reduce((sum, x) => sum + x) / 4, 5);
      expect(Object.keys(losses!)).toEqual([
        'D', 'penalty', 'G', 'D_1', 'penalty_1', 'D_2', 'penalty_2', 'D_3', 'penalty_3', 'D_4', 'penalty_4',
      ]); // prettier-ignore
      const { trained } = await trainer.state();
      const counts = (network: string) =>
        new Set(Object.values(trained[network]!.optimizer).map(({ steps }) => steps));
      expect([counts('generator'), counts('discriminator')]).toEqual([new Set([1]), new Set([4])]);
      dispose();
    }));
});

describe('a step that fails', () => {
  /** The loss, whose generator's part fails in the way that is asked for. */
  const failing = (name: GANLossName, fault: { way: 'none' | 'throws' | 'NaN' }): AdversarialLoss => {
    const loss = ganLoss(name);
    return {
      ...loss,
      generator(fake: tf.Tensor) {
        if (fault.way === 'throws') throw new Error('on purpose');
        return fault.way === 'NaN' ? tf.mul<tf.Scalar>(loss.generator(fake), NaN) : loss.generator(fake);
      },
    };
  };

  it.each([
    ['throws', 'began'],
    ['NaN', 'began'],
    ['throws', 'wgan'],
    ['NaN', 'infogan'],
  ] as const)('changes nothing, although the discriminator was updated: %s, %s', (way, name) =>
    withoutLeaks(async () => {
      const fault: { way: 'none' | 'throws' | 'NaN' } = { way: 'none' };
      const one = build(name, { loss: failing(name, fault) });
      await steps(one.trainer, 1, 1);
      const before = await standing(one);
      const tensors = tf.memory().numTensors;
      fault.way = way;
      const result = steps(one.trainer, 2, 2);
      if (way === 'throws') await expect(result).rejects.toThrow('on purpose');
      else expect((await result)[0]!.G).toBeNaN();
      expect(tf.memory().numTensors).toBe(tensors);
      expect(await standing(one)).toEqual(before);
      one.dispose();
    }),
  );
});
