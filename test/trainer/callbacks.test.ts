/** The callbacks that come with the library. */
import * as tf from '@tensorflow/tfjs';
import {
  type AdversarialLoss,
  adversarialLoss,
  CycleGANTrainer,
  earlyStop,
  history,
  type EpochLogs,
  sampleImages,
  type Samples,
  stopOnNaN,
  type Training,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel, tinyPictures } from '../support/tiny.js';

describe('stopOnNaN', () => {
  it('names the loss and the step', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      let calls = 0;
      const lsgan = adversarialLoss('lsgan');
      const broken: AdversarialLoss = {
        ...lsgan,
        // the second call of the second step: G_B
        generator: (fake) =>
          ++calls === 4 ? tf.mul<tf.Scalar>(lsgan.generator(fake), NaN) : lsgan.generator(fake),
      };
      const trainer = new CycleGANTrainer(model, { adversarial: broken });
      const [a, b] = [tinyPictures(3, 1), tinyPictures(3, 2)];
      await expect(trainer.fit(a, b, { callbacks: stopOnNaN() })).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: stopOnNaN: the loss G_B became NaN at step 2, in epoch 0. The step has changed nothing. Resume from an earlier state with a lower learning rate.]`,
      );
      expect(trainer.step).toBe(1); // the second changed nothing
      tf.dispose([...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));
});

describe('earlyStop', () => {
  /** Feeds the callback with losses of epochs; gives the epoch after which it stops. */
  const stopsAfter = (callback: ReturnType<typeof earlyStop>, losses: Partial<EpochLogs>[]): number => {
    const trainer = { stopTraining: false } as Training;
    return losses.findIndex((logs, epoch) => {
      void callback.onEpochEnd?.(epoch, logs as EpochLogs, trainer);
      return trainer.stopTraining;
    });
  };
  const cycles = (...values: number[]) => values.map((value) => ({ cycle_A: value / 2, cycle_B: value / 2 }));

  it('tolerates some epochs without improvement, of the sum of both cycles', () => {
    expect(stopsAfter(earlyStop({ patience: 2 }), cycles(5, 4, 4, 4.5, 3.9, 4, 4, 4, 4))).toBe(7);
    expect(stopsAfter(earlyStop({ patience: 0 }), cycles(5, 4, 4))).toBe(2);
    expect(stopsAfter(earlyStop({ patience: 1, minDelta: 0.5 }), cycles(5, 4.8, 4.6))).toBe(2);
  });

  it('monitors the loss of its option', () => {
    const logs = [{ idt_B: 1 }, { idt_B: 2 }];
    expect(stopsAfter(earlyStop({ monitor: 'idt_B', patience: 0 }), logs)).toBe(1);
  });

  it('refuses a loss that the training does not have', () => {
    expect(() => stopsAfter(earlyStop({ monitor: 'cycel' }), cycles(1))).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: earlyStop: option "monitor" must name a loss of the training, got "cycel". Did you mean "cycle_A"?]`,
    );
  });

  it('resumes with the remaining patience', () => {
    const first = earlyStop({ patience: 2 });
    expect(stopsAfter(first, cycles(5, 4, 4.5))).toBe(-1);
    const second = earlyStop({ patience: 2 });
    second.restore!(structuredClone(first.state!()));
    expect(stopsAfter(second, cycles(4.2, 4.1))).toBe(1);
    expect(first.state!()).toEqual({ best: 4, waited: 1 });
    expect(() => {
      second.restore!({ best: NaN, waited: 1 });
    }).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: earlyStop: best is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays.]`,
    );
    expect(second.state!()).toEqual({ best: 4, waited: 3 });
  });

  it('can be used twice, each with its own patience', () =>
    withoutLeaks(async () => {
      const model = tinyModel({ residualBlocks: 0 });
      const trainer = new CycleGANTrainer(model, { epochs: 5, seed: 1 });
      const [a, b] = [tinyPictures(1, 1), tinyPictures(1, 2)];
      const callbacks = () => [
        earlyStop({ minDelta: 100 }),
        earlyStop({ monitor: 'idt_A', minDelta: 100 }),
        history(),
      ];
      await trainer.fit(a, b, { epochs: 2, callbacks: callbacks() });
      const state = structuredClone(await trainer.state());
      expect(Object.keys(state.callbacks)).toEqual(['earlyStop', 'earlyStop 2', 'history']);
      trainer.restore(state);
      const record = history();
      const resumed = [...callbacks().slice(0, 2), record];
      const { epoch } = await trainer.fit(a, b, { epochs: 3, callbacks: resumed });
      expect([epoch, record.epoch, record.history.cycle_A!.length]).toEqual([[2], [0, 1, 2], 3]);
      const { best, waited } = resumed[1]!.state!() as { best: number; waited: number };
      expect([best, waited]).toEqual([record.history.idt_A![0], 2]);
      tf.dispose([...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));

  it('keeps its patience in the state of the trainer', () =>
    withoutLeaks(async () => {
      const model = tinyModel({ residualBlocks: 0 });
      const [a, b] = [tinyPictures(1, 1), tinyPictures(1, 2)];
      const run = async (epochs: number, state?: TrainerState) => {
        const trainer = new CycleGANTrainer(model, { epochs: 9, seed: 1 });
        if (state) trainer.restore(state);
        await trainer.fit(a, b, { epochs, callbacks: earlyStop({ patience: 2, minDelta: 100 }) });
        const reached = { epoch: trainer.epoch, state: await trainer.state() };
        trainer.dispose();
        return reached;
      };
      expect((await run(9)).epoch).toBe(4); // the first epoch is the best
      const { state } = await run(3);
      expect(state.callbacks.earlyStop).toMatchObject({ waited: 2 });
      expect((await run(9, state)).epoch).toBe(4);
      tf.dispose([...a, ...b]);
      model.dispose();
    }));
});

describe('sampleImages', () => {
  it('translates to the other domain and back, and disposes the images', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { ema: 0.9, epochs: 2 });
      const images = { A: tinyBatch(2, 5), B: tinyBatch(1, 6) };
      const seen: [Samples, object][] = [];
      const values: [ArrayLike<number>, ArrayLike<number>][] = [];
      const callback = sampleImages({
        images,
        onSample: async (samples, time) => {
          seen.push([samples, time]);
          const expected = model.translate(images.A, 'AtoB'); // still with the generators' own weights
          values.push([await samples.fake_B!.data(), await expected.data()]);
          expected.dispose();
        },
      });
      const [a, b] = [tinyPictures(1, 1), tinyPictures(1, 2)];
      await trainer.fit(a, b, { callbacks: callback });
      expect(seen.map(([, time]) => time)).toEqual([
        { epoch: 1, step: 1 },
        { epoch: 2, step: 2 },
      ]);
      const [samples] = seen[0]!;
      expect(Object.fromEntries(Object.entries(samples).map(([name, t]) => [name, (t as tf.Tensor).shape[0]]))).toEqual({
        real_A: 2, fake_B: 2, rec_A: 2, real_B: 1, fake_A: 1, rec_B: 1,
      }); // prettier-ignore
      expect(Object.values(samples).every((t: tf.Tensor) => t.isDisposed)).toBe(true);
      // the averaged weights made them
      expect(values[1]![0]).not.toBeAllClose(values[1]![1], { atol: 1e-7 });
      const averaged = await trainer.withAverages(async () => {
        const t = model.translate(images.A, 'AtoB');
        const data = await t.data();
        t.dispose();
        return data;
      });
      expect(values[1]![0]).toBeAllClose(averaged);
      tf.dispose([images.A, images.B, ...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));

  it('is called after a number of steps', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { epochs: 1 });
      const images = { B: tinyBatch(1, 6) };
      const at: number[] = [];
      const callbacks = sampleImages({ images, every: 2, onSample: (_, { step }) => void at.push(step) });
      const [a, b] = [tinyPictures(5, 1), tinyPictures(1, 2)];
      await trainer.fit(a, b, { callbacks });
      expect(at).toEqual([2, 4]);
      tf.dispose([images.B, ...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));

  it('disposes the images if onSample throws, and refuses disposed images', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { epochs: 2 });
      const images = { A: tinyBatch(1, 6) };
      const [a, b] = [tinyPictures(1, 1), tinyPictures(1, 2)];
      const full = sampleImages({ images, onSample: () => Promise.reject(new Error('disk full')) });
      await expect(trainer.fit(a, b, { epochs: 1, callbacks: full })).rejects.toThrow('disk full');
      images.A.dispose();
      await expect(
        trainer.fit(a, b, { epochs: 2, callbacks: full }),
      ).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: sampleImages: the images have been disposed. Keep them while training.]`,
      );
      tf.dispose([...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));

  it('refuses options with the full message', () => {
    const onSample = () => undefined;
    expect(() => sampleImages({ images: {}, onSample })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: sampleImages: option "images" must be { A, B }, with at least one batch of images [n, height, width, channels], got an object.]`,
    );
    expect(() => sampleImages({ images: { A: [] as never }, onSample })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: sampleImages: option "images" must be { A, B }, with at least one batch of images [n, height, width, channels], got an object.]`,
    );
    const A = tinyBatch(1);
    expect(() => sampleImages({ images: { A }, every: 0, onSample })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: sampleImages: option "every" must be a whole number from 1, got 0.]`,
    );
    expect(() => sampleImages({ images: { A } } as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: sampleImages: option "onSample" must be a function, got undefined.]`,
    );
    A.dispose();
  });
});
