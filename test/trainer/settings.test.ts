/** Settings stay as they were when the trainer was built. */
import * as tf from '@tensorflow/tfjs';
import { adversarialLoss, type AdversarialLoss, constantSchedule, CycleGANTrainer } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel } from '../support/tiny.js';

type Holder = Record<string, unknown>;

/** Tries to overwrite every property, however deep. @returns the paths where it was not refused */
function writable(value: unknown, path: string, seen = new Set()): string[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return ['added', ...Object.keys(value)].flatMap((key) => {
    const inside = writable((value as Holder)[key], `${path}.${key}`, seen);
    try {
      (value as Holder)[key] = (value as Holder)[key];
      return [`${path}.${key}`, ...inside];
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return inside;
    }
  });
}

describe('settings', () => {
  it('refuse every write, in the trainer and in the options of the model', () =>
    withoutLeaks(() => {
      const model = tinyModel();
      const hinge = adversarialLoss('hinge');
      const lsgan = { ...adversarialLoss('lsgan') };
      for (const options of [{}, { adversarial: hinge, learningRate: { generator: 1, discriminator: 2 } }, { adversarial: lsgan, schedule: { ...constantSchedule() } }]) {
        const trainer = new CycleGANTrainer(model, options);
        expect(writable(trainer.settings, 'settings')).toEqual([]);
        expect(() => {
          (trainer as unknown as Holder).settings = {};
        }).toThrow(TypeError);
        trainer.dispose();
      }
      expect(writable(hinge, 'hinge')).toEqual([]);
      expect(writable(model.options, 'options')).toEqual([]);
      model.dispose();
    })); // prettier-ignore

  it('do not change with the objects that they were created from, which are not frozen', () =>
    withoutLeaks(async () => {
      const inputShape = [8, 8, 3] as [number, number, number];
      const model = tinyModel({ inputShape: inputShape });
      inputShape[0] = 16;
      expect(model.options!.inputShape).toEqual([8, 8, 3]);

      class Weighted implements AdversarialLoss {
        readonly name = 'weighted';
        calls = 0;
        generator = (x: tf.Tensor) => tf.mul<tf.Scalar>(tf.mean(x), 0.5);
        discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar {
          this.calls += 1;
          return tf.sub(tf.mean(real), tf.mean(fake));
        }
      }
      const loss = new Weighted();
      const schedule = { ...constantSchedule(), start: { updates: 0, factor: 0.5 } };
      const learningRate = { generator: 1e-4, discriminator: 1e-4 };
      const options = { adversarial: loss, schedule, learningRate, seed: 1, poolSize: 0 };
      const trainer = new CycleGANTrainer(model, options);
      const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
      const before = await trainer.state();
      const { G_A } = await trainer.trainStep(a, b);
      trainer.restore(before);
      loss.generator = () => tf.scalar(100);
      schedule.start.factor = 7;
      learningRate.generator = 7;
      expect(trainer.learningRate).toEqual({ generator: 5e-5, discriminator: 5e-5 });
      expect((await trainer.trainStep(a, b)).G_A).toBe(G_A);
      expect(loss.calls).toBe(4); // its own state goes on
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    }));
});
