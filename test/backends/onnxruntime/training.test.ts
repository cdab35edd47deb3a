/** Training compiles a small number of graphs, whatever changes from step to step, and never records without end. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer, type CycleGANTrainerOptions, linearSchedule } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scattered } from '../../support/finite-differences.js';
import { withoutLeaks } from '../../support/leaks.js';
import { counting, onOnnxRuntime } from './engine.js';
import { expectSameLosses } from './three-steps.js';

onOnnxRuntime();

const image = (seed: number, batch = 1): tf.Tensor4D =>
  seed % 5 === 0 ? tf.ones([batch, 24, 24, 3]) : tf.randomUniform([batch, 24, 24, 3], -1, 1, 'float32', seed);

describe('the trainer', () => {
  // a backend of its own, which knows no graph of another test
  beforeEach(async () => {
    registerOnnxRuntimeBackend(ort, { name: 'fresh' });
    await tf.setBackend('fresh');
  });
  afterEach(async () => {
    tf.removeBackend('fresh');
    await tf.setBackend('onnxruntime');
  });

  test.each<[string, CycleGANTrainerOptions, number, number]>([
    ["PyTorch's convention, pools that fill, EMA", { poolSize: 3, ema: 0.9 }, 1, 9],
    ["Keras' convention, batches of 3 and pools", { convention: 'keras', poolSize: 4 }, 3, 8],
    ['accumulation, decaying learning rate', { accumulate: 3, schedule: linearSchedule({ epochs: 0, decayEpochs: 90 }) }, 1, 14], // prettier-ignore
    ['a gradient penalty', { adversarial: 'wgan-gp' }, 1, 7],
    ['little memory', { memory: 'low', poolSize: 3 }, 1, 5],
    ['augmentation', { augment: ['color', 'translation', 'cutout'], poolSize: 3 }, 1, 10],
  ])('%s', (_, options, batch, graphs) =>
    withoutLeaks(async () => {
      const model = new CycleGAN({ inputShape: [24, 24, 3], filters: 4, residualBlocks: 1, seed: 1 });
      const trainer = new CycleGANTrainer(model, { seed: 1, ...options });
      const steps = async (from: number, to: number) => {
        for (let i = from; i < to; i++) {
          const [a, b] = [image(2 * i, batch), image(2 * i + 1, batch)];
          await trainer.trainStep(a, b);
          tf.dispose([a, b]);
        }
      };
      const first = await counting(() => steps(1, 8));
      expect(first.compiled).toBe(graphs);
      expect(first.fallenBack).toEqual([]);
      expect((await counting(() => steps(8, 30))).compiled).toBe(0);
      trainer.dispose();
      model.dispose();
    }),
  );
});

test('a light generator trains on the backend alone, with the losses of the cpu backend', () =>
  withoutLeaks(async () => {
    const twoSteps = async (): Promise<number[]> => {
      const model = new CycleGAN({
        inputShape: [32, 32, 3],
        filters: 1,
        residualBlocks: 1,
        separable: true,
        seed: 1,
      });
      const trainer = new CycleGANTrainer(model, { seed: 1 });
      const losses: number[] = [];
      for (let step = 0; step < 2; step++) {
        const [a, b] = [2, 3].map((seed) => scattered([1, 32, 32, 3], 2 * step + seed) as tf.Tensor4D);
        losses.push(...Object.values<number>(await trainer.trainStep(a!, b!)));
        tf.dispose([a!, b!]);
      }
      trainer.dispose();
      model.dispose();
      return losses;
    };
    const losses: number[] = [];
    const { fallenBack } = await counting(async () => void losses.push(...(await twoSteps())));
    expect(fallenBack).toEqual([]);
    await tf.setBackend('cpu');
    const truth = await twoSteps();
    await tf.setBackend('onnxruntime');
    expectSameLosses(losses, truth);
  }));

test('learning rates and weights of losses change nothing', () =>
  withoutLeaks(async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor([1, 2, 3])));
    const optimizer = tf.train.sgd(0.1);
    const step = (i: number) => {
      const loss = optimizer.minimize(() => tf.mul(tf.mean(tf.square(x)), 1 + i), true)!;
      loss.dataSync();
      loss.dispose();
    };
    step(0);
    const { compiled } = await counting(() => {
      for (let i = 1; i < 5; i++) {
        (optimizer as unknown as { setLearningRate(rate: number): void }).setLearningRate(0.1 / i);
        step(i);
      }
    });
    expect(compiled).toBe(0);
    tf.dispose(x);
    optimizer.dispose();
  }));

describe('a loop that never reads', () => {
  /** x ← x + 0.001 · tanh(x), 60 times a step. */
  const step = (x: tf.Variable) =>
    tf.tidy(() => {
      let y: tf.Tensor = x;
      for (let i = 0; i < 60; i++) y = tf.add(y, tf.mul(tf.tanh(y), 0.001));
      x.assign(y);
    });

  test('is cut between its steps, always in the same place', () =>
    withoutLeaks(async () => {
      const x = tf.tidy(() => tf.variable(tf.tensor([0.5, -1])));
      const { compiled, runs, recorded } = await counting(() => {
        for (let i = 0; i < 40; i++) step(x);
      });
      expect(recorded).toBe(40 * 180);
      expect(runs).toBeGreaterThan(5);
      expect(compiled).toBe(1);
      let [a, b] = [0.5, -1];
      for (let i = 0; i < 40 * 60; i++) [a, b] = [a + 0.001 * Math.tanh(a), b + 0.001 * Math.tanh(b)];
      expect(x.dataSync()).toBeAllClose([a, b], { rtol: 1e-4 });
      x.dispose();
    }));

  test('inside a scope that never ends is cut all the same', () =>
    withoutLeaks(async () => {
      const x = tf.tidy(() => tf.variable(tf.tensor([0.5, -1])));
      const { runs } = await counting(() => {
        tf.tidy(() => {
          for (let i = 0; i < 120; i++) step(x);
        });
      });
      expect(runs).toBeGreaterThan(0);
      x.dispose();
    }));
});
