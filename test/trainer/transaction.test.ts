/** A step that fails changes nothing, whatever fails in it; nor do images that no network takes. */
import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  type AdversarialLoss,
  type CycleGANError,
  type CycleGANOptions,
  type ImagePoolState,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  Random,
  stopOnNaN,
  type TrainerCallback,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it, vi } from 'vitest';
import { digestOf } from '../support/digest.js';
import { withoutLeaks } from '../support/leaks.js';
import { allWeights, tinyBatch, tinyModel, tinyPictures } from '../support/tiny.js';

/** A loss of one's own, whose next calls fail as `fault` says. */
function faulty(mode: 'lsgan' | 'wgan' | 'wgan-gp') {
  const loss = adversarialLoss(mode);
  const fault: { part?: string | undefined; value?: number | undefined } = {};
  const wrap = (part: 'generator' | 'discriminatorReal' | 'discriminatorFake') => (x: tf.Tensor) => {
    if (fault.part !== part) return loss[part](x);
    if (fault.value === undefined) throw new Error(`failed in ${part}`);
    return tf.mul<tf.Scalar>(loss[part](x), fault.value);
  };
  const own: AdversarialLoss = {
    ...loss,
    generator: wrap('generator'),
    discriminator: (real, fake) => tf.add(wrap('discriminatorReal')(real), wrap('discriminatorFake')(fake)),
  };
  return { own, fault };
}

const cases: [string, 'lsgan' | 'wgan' | 'wgan-gp', CycleGANTrainerOptions, CycleGANOptions][] = [
  ['pools and averages', 'lsgan', { poolSize: 1, ema: 0.9 }, {}],
  ["Keras' step, with dropout", 'lsgan', { convention: 'keras' }, { dropout: true }],
  ['collected gradients, clipped weights', 'wgan', { accumulate: 2, ema: 0.9 }, {}],
  ['batch norm, little memory', 'lsgan', { memory: 'low' }, { norm: 'batch' }],
];

/** One step on images of its own. */
async function step(trainer: CycleGANTrainer, seed: number) {
  const [a, b] = [tinyBatch(1, 2 * seed), tinyBatch(1, 2 * seed + 1)];
  try {
    return await trainer.trainStep(a, b);
  } finally {
    tf.dispose([a, b]);
  }
}

/** Runs `attempt` and checks that it left the trainer, its counters and the number of tensors as they were. */
async function unchanged(trainer: CycleGANTrainer, attempt: () => Promise<unknown>) {
  const before = [await digestOf(trainer), trainer.step, tf.memory().numTensors];
  await attempt();
  expect([await digestOf(trainer), trainer.step, tf.memory().numTensors]).toEqual(before);
}

describe('a step that fails', () => {
  it.each(cases)('changes nothing, and does not affect the next step: %s', (_, mode, options, network) =>
    withoutLeaks(async () => {
      const { own, fault } = faulty(mode);
      const model = tinyModel(network);
      const trainer = new CycleGANTrainer(model, { adversarial: own, seed: 3, ...options });
      const failing = async (part: string, value?: number) => {
        Object.assign(fault, { part, value });
        await unchanged(trainer, async () => {
          const running = step(trainer, 50);
          if (value === undefined) await expect(running).rejects.toThrow(`failed in ${part}`);
          else expect(Object.values(await running).some((loss) => !Number.isFinite(loss))).toBe(true);
        });
        Object.assign(fault, { part: undefined });
      };
      // no more than two in a row: a backend may compile a graph anew whose weights stay
      await failing('discriminatorFake'); // before the optimizers have slots
      await failing('generator', NaN);
      await step(trainer, 1);
      await failing('generator');
      await failing('discriminatorReal', Infinity);
      await step(trainer, 2);
      await failing('discriminatorReal');
      await failing('discriminatorFake', NaN);

      const other = tinyModel(network);
      const quiet = new CycleGANTrainer(other, { adversarial: faulty(mode).own, seed: 3, ...options });
      for (const seed of [1, 2, 3]) await step(quiet, seed);
      await step(trainer, 3);
      expect(await digestOf(trainer)).toBe(await digestOf(quiet));
      for (const one of [trainer, quiet, model, other]) one.dispose();
    }),
  );

  it('changes nothing, whichever kernel fails', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { adversarial: faulty('wgan').own, poolSize: 1, ema: 0.9 });
      for (const seed of [1, 2]) await step(trainer, seed);
      const engine = tf.engine();
      const original = engine.runKernel.bind(engine);
      let [calls, failAt] = [0, Infinity];
      const kernels = vi.spyOn(engine, 'runKernel').mockImplementation((...args) => {
        if (args[0] === 'Identity') return original(...args); // tfjs' own clones, of which it loses some
        if (++calls === failAt) throw new Error('the kernel failed');
        return original(...args);
      });
      await step(trainer, 3);
      const all = calls;
      const random = new Random(1);
      for (let i = 0; i < 12; i++) {
        failAt = 20 + random.index(all - 30);
        await unchanged(trainer, async () => {
          calls = 0;
          await expect(step(trainer, 4)).rejects.toThrow('the kernel failed');
          calls = -Infinity;
        });
      }
      kernels.mockRestore();
      trainer.dispose();
      model.dispose();
    }));

  it('changes nothing if it is one that the backend replays', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { poolSize: 1, ema: 0.9 });
      for (const seed of [1, 2, 3]) await step(trainer, seed);
      const good = await trainer.state();
      tf.tidy(() => {
        model.generatorG.setWeights(model.generatorG.getWeights().map((w) => tf.fill(w.shape, 3e38)));
      });
      await unchanged(trainer, async () => {
        expect((await step(trainer, 4)).cycle_A).not.toSatisfy(Number.isFinite);
      });
      trainer.restore(good);
      expect((await step(trainer, 4)).cycle_A).toSatisfy(Number.isFinite);
      trainer.dispose();
      model.dispose();
    }));

  it('may be a waiting step whose images have been disposed', () =>
    withoutLeaks(async () => {
      const { own, fault } = faulty('lsgan');
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { adversarial: own, poolSize: 1 });
      const images = [tinyBatch(1, 1), tinyBatch(1, 2)] as const;
      fault.part = 'generator';
      const first = trainer.trainStep(...images).catch((error: unknown) => (error as Error).message);
      fault.part = undefined;
      const second = trainer.trainStep(...images);
      expect(() => {
        trainer.restore({} as TrainerState);
      }).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.restore: a step of this trainer is running. Await it first.]`,
      );
      tf.dispose([...images]);
      expect(await first).toBe('failed in generator');
      expect((await second).cycle_A).toSatisfy(Number.isFinite);
      expect(trainer.step).toBe(1);
      trainer.dispose();
      model.dispose();
    }));
});

describe('fit', () => {
  const keeps: [string, (keep: TrainerCallback) => TrainerCallback[], string][] = [
    ['in front of stopOnNaN', (keep) => [keep, stopOnNaN()], 'stopOnNaN'],
    ['behind it', (keep) => [stopOnNaN(), keep], 'stopOnNaN'],
    ['without it', (keep) => [keep], 'CycleGANTrainer.fit'],
  ];

  it.each(keeps)(
    'ends at a loss that is NaN; a checkpoint has the weights from before: %s',
    (_, list, where) =>
      withoutLeaks(async () => {
        const { own, fault } = faulty('lsgan');
        const model = tinyModel();
        const trainer = new CycleGANTrainer(model, { adversarial: own, epochs: 1 });
        const seen: number[] = [];
        const weights: number[][] = [];
        const keep: TrainerCallback = {
          async onStepEnd(at) {
            if (at === 1) Object.assign(fault, { part: 'discriminatorReal', value: NaN });
            seen.push(at);
            weights.push(await allWeights(model));
          },
        };
        const [a, b] = [tinyPictures(3, 1), tinyPictures(3, 2)];
        const run = trainer.fit(a, b, { callbacks: list(keep) });
        await expect(run).rejects.toMatchObject({
          code: 'NOT_A_NUMBER',
          message:
            `${where}: the loss D_A became NaN at step 2, in epoch 0. The step has changed nothing. ` +
            `Resume from an earlier state with a lower learning rate.`,
        });
        expect(seen).toEqual(where === 'stopOnNaN' && list(keep)[0] !== keep ? [1] : [1, 2]);
        for (const later of weights) expect(later).toEqual(weights[0]);
        expect(await allWeights(model)).toEqual(weights[0]);
        expect(trainer.step).toBe(1);
        expect((await trainer.state()).running).toMatchObject({ steps: 1 });
        fault.part = undefined;
        await trainer.fit(a, b); // goes on with the image that failed
        expect(trainer.step).toBe(3);
        tf.dispose([...a, ...b]);
        trainer.dispose();
        model.dispose();
      }),
  );

  it('ends without an error if a callback stops training at such a step', () =>
    withoutLeaks(async () => {
      const { own, fault } = faulty('lsgan');
      Object.assign(fault, { part: 'generator', value: Infinity });
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { adversarial: own, epochs: 1 });
      const [a, b] = [tinyPictures(2, 1), tinyPictures(2, 2)];
      const callbacks: TrainerCallback = { onStepEnd: (_at, _l, t) => void (t.stopTraining = true) };
      expect((await trainer.fit(a, b, { callbacks })).epoch).toEqual([]);
      expect(trainer.step).toBe(0);
      tf.dispose([...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));
});

describe('batches of changing size', () => {
  it.each([
    ['lsgan', 1],
    ['lsgan', 2],
    ['wgan-gp', 1],
  ] as const)(
    'are accepted, although the pools have images of other sizes: %s, batches of %i',
    (mode, count) =>
      withoutLeaks(async () => {
        const model = tinyModel({ inputShape: [null, null, 3] });
        const trainer = new CycleGANTrainer(model, { adversarial: mode, poolSize: 2, seed: 1 });
        for (let i = 0; i < 8; i++) {
          const size = i % 2 === 0 ? 8 : 12;
          const images = [0, 1].map((k) =>
            tf.randomUniform<tf.Rank.R4>([count, size, size, 3], -1, 1, 'float32', 2 * i + k + 1),
          );
          const losses = await trainer.trainStep(images[0]!, images[1]!);
          expect(Object.values(losses).every(Number.isFinite)).toBe(true);
          tf.dispose(images);
        }
        const { poolA, poolB } = (await trainer.state()).stateful as Record<string, ImagePoolState>;
        expect([poolA!.images.length, poolB!.images.length]).toEqual([2, 2]);
        trainer.dispose();
        model.dispose();
      }),
  );
});

describe('values of images', () => {
  const values = (change: (t: tf.Tensor) => tf.Tensor) =>
    tf.tidy(() => change(tinyBatch(2, 5))) as tf.Tensor4D;
  const withValue = (value: number) =>
    values((t) => tf.where(tf.equal(tf.range(0, t.size).reshape(t.shape), 100), value, t));
  const levels = () => values((t) => tf.round(tf.mul(tf.add(tf.clipByValue(t, -1, 1), 1), 127.5)));

  it.each<[string, () => tf.Tensor4D, string]>([
    ['NaN', () => withValue(NaN), 'must be finite and in [-1, 1], got NaN. Check the file and its preprocessing.'],
    ['Infinity', () => withValue(-Infinity), 'must be finite and in [-1, 1], got -Infinity. Check the file and its preprocessing.'],
    ['too large', () => withValue(1.25), 'must be in [-1, 1], got values from LOW to 1.25. Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.'],
    ['8-bit levels', levels, 'must be in [-1, 1], got values from LOW to 254. Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.'],
    ['all the same', () => tf.fill<tf.Rank.R4>([2, 8, 8, 3], 200), 'must be in [-1, 1], got values from 200 to 200. Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.'],
  ])('are refused by trainStep, which changes nothing: %s', (_, make, message) =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { poolSize: 1, ema: 0.9 });
      await step(trainer, 1);
      const good = tinyBatch(2, 1);
      for (const known of [true, false]) {
        const bad = make();
        if (known) await bad.data(); // on backends that record, its values are at hand then
        await unchanged(trainer, async () => {
          const run = known ? trainer.trainStep(good, bad) : trainer.trainStep(bad, good);
          const text = await run.then(
            () => 'no error',
            (error: unknown) => `${(error as CycleGANError).code}: ${(error as CycleGANError).message}`,
          );
          const low = String(/from (\S+) to/.exec(text)?.[1]);
          expect(text).toBe(
            `INVALID_ARGUMENT: CycleGANTrainer.trainStep: ${known ? 'b' : 'a'} ${message.replace('LOW', low)}`,
          );
        });
        bad.dispose();
      }
      good.dispose();
      trainer.dispose();
      model.dispose();
    }),
  ); // prettier-ignore

  it('are refused by translate if they are available synchronously', () =>
    withoutLeaks(() => {
      const model = tinyModel();
      for (const [data, message] of [
        [[NaN, 0, 0], 'image must be finite and in [-1, 1], got NaN. Check the file and its preprocessing.'],
        [[0, 128, 255], 'image must be in [-1, 1], got values from 0 to 255. Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.'],
      ] as const) {
        const image = tf.tensor3d(Array.from({ length: 64 }, () => [...data]).flat(), [8, 8, 3]);
        expect(() => model.translate(image, 'AtoB')).toThrow(`CycleGAN.translate: ${message}`);
        image.dispose();
      }
      model.dispose();
    })); // prettier-ignore

  it('may be in [0, 1], or outside of the range by a rounding error', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model);
      // 1.0009765625 follows 1 in 16-bit floats
      const [half, beyond] = [values((t) => tf.abs(t)), withValue(1.0009765625)];
      expect((await trainer.trainStep(half, beyond)).D_A).toSatisfy(Number.isFinite);
      expect(trainer.step).toBe(1);
      tf.dispose([half, beyond]);
      trainer.dispose();
      model.dispose();
    }));
});
