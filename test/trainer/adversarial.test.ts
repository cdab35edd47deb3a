/** Losses in training: relativistic ones, which see real and fake together, and losses of one's own. */
import * as tf from '@tensorflow/tfjs';
import { adversarialLoss, type AdversarialLoss, CycleGANTrainer } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel } from '../support/tiny.js';

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('a relativistic loss', () => {
  /** From the logits of real images and of fakes: of the discriminator, of the generator. */
  const formulas = {
    rsgan: (r: number[], f: number[]) => mean(r.map((x, i) => softplus(f[i]! - x))),
    ralsgan: (r: number[], f: number[]) =>
      mean(r.map((x) => (x - mean(f) - 1) ** 2)) + mean(f.map((x) => (x - mean(r) + 1) ** 2)),
  };

  it.each(['rsgan', 'ralsgan'] as const)('sees real and fake in both losses of a step: %s', (mode) =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { adversarial: mode, poolSize: 0 });
      const [a, b] = [tinyBatch(2, 1), tinyBatch(2, 2)];
      const logits = tf.tidy(() => {
        const D = (x: tf.Tensor) => [...(model.discriminatorY.predict(x) as tf.Tensor).dataSync()];
        return { real: D(b), fake: D(model.generatorG.predict(a) as tf.Tensor) };
      });
      const { G_A, D_A } = await trainer.trainStep(a, b);
      // the discriminator learns after the generator, but of fakes from before
      const { real, fake } = logits;
      expect([G_A, D_A]).toBeAllClose([formulas[mode](fake, real), formulas[mode](real, fake) / 2], {
        rtol: 1e-4,
      });
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    }),
  );

  it('that compares patches gets fakes of the size of the real images, also if the pools have other sizes', () =>
    withoutLeaks(async () => {
      const model = tinyModel({ inputShape: [null, null, 3] });
      const trainer = new CycleGANTrainer(model, { adversarial: 'rsgan', poolSize: 2 });
      for (const size of [8, 8, 16, 8]) {
        const [a, b] = [1, 2].map((seed) =>
          tf.randomUniform<tf.Rank.R4>([1, size, size, 3], -1, 1, 'float32', seed),
        );
        expect((await trainer.trainStep(a!, b!)).D_A).toSatisfy(Number.isFinite);
        tf.dispose([a!, b!]);
      }
      trainer.dispose();
      model.dispose();
    }));
});

describe('a loss of your own', () => {
  it('is refused without a function discriminator, as in earlier versions', () =>
    withoutLeaks(() => {
      const model = tinyModel();
      const old = { ...adversarialLoss('lsgan'), discriminator: undefined };
      expect(
        () => new CycleGANTrainer(model, { adversarial: old as never }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer: option "adversarial" must be a mode of adversarialLoss, or an adversarial loss with the functions discriminator and generator, got an object.]`,
      );
      model.dispose();
    }));

  /** Least squares that counts how often training calls it. */
  const counting = (pure: boolean) => {
    const lsgan = adversarialLoss('lsgan');
    const calls = { count: 0 };
    const loss: AdversarialLoss = {
      name: 'counting',
      pure,
      generator: (fake) => lsgan.generator(fake),
      discriminator(real, fake) {
        calls.count += 1;
        return lsgan.discriminator(real, fake);
      },
    };
    return { loss, calls };
  };

  it('gives the same values as the loss of the library, and is replayed only if it is pure', () =>
    withoutLeaks(async () => {
      const run = async (adversarial: AdversarialLoss) => {
        const model = tinyModel();
        const trainer = new CycleGANTrainer(model, { adversarial, seed: 1 });
        const all: number[] = [];
        for (let step = 0; step < 6; step++) {
          const [a, b] = [tinyBatch(1, 2 * step), tinyBatch(1, 2 * step + 1)];
          const losses: Record<string, number> = { ...(await trainer.trainStep(a, b)) };
          all.push(...Object.values(losses));
          tf.dispose([a, b]);
        }
        trainer.dispose();
        model.dispose();
        return all;
      };
      const [impure, pure] = [counting(false), counting(true)];
      const want = await run(adversarialLoss('lsgan'));
      expect(await run(impure.loss)).toBeAllClose(want);
      expect(await run(pure.loss)).toBeAllClose(want);
      expect(impure.calls.count).toBe(12);
      if (tf.getBackend() === 'onnxruntime') expect(pure.calls.count).toBeLessThan(12);
      else expect(pure.calls.count).toBe(12);
    }));
});
