/** Epochs: how long they are, what they tell, what ends them. */
import * as tf from '@tensorflow/tfjs';
import {
  constantSchedule,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  type CycleGANFitOptions,
  history,
  stepSchedule,
  type TrainerCallback,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel, tinyPictures } from '../support/tiny.js';

type Sources = Parameters<CycleGANTrainer['fit']>;

/** Fits a tiny model, all cleaned up; the images are `a` and `b` of A and B. */
async function fit(
  sources: (a: tf.Tensor3D[], b: tf.Tensor3D[]) => [Sources[0], Sources[1]],
  options: CycleGANFitOptions = {},
  trainerOptions: CycleGANTrainerOptions = {},
) {
  return await withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 2, seed: 1, ...trainerOptions });
    const [a, b] = [tinyPictures(5, 1), tinyPictures(3, 2)];
    try {
      const result = await trainer.fit(...sources(a, b), options);
      return { ...result, steps: trainer.step, epochs: trainer.epoch };
    } finally {
      tf.dispose([...a, ...b]);
      trainer.dispose();
      model.dispose();
    }
  });
}

describe('epochs', () => {
  it.each<[string, CycleGANFitOptions, CycleGANTrainerOptions, number]>([
    ['P: the larger domain', {}, {}, 10],
    ['K: the smaller domain', {}, { convention: 'keras' }, 6],
    ['length given', { length: 'min' }, {}, 6],
    ['batches', { batchSize: 2 }, {}, 6],
    ['cut short', { stepsPerEpoch: 2 }, {}, 4],
    ['fewer epochs than planned', { epochs: 1, stepsPerEpoch: 2 }, {}, 2],
    ['more epochs, at a constant rate', { epochs: 3, stepsPerEpoch: 1 }, { convention: 'keras' }, 3],
  ])('%s', async (_, options, trainerOptions, steps) => {
    expect((await fit((a, b) => [a, b], options, trainerOptions)).steps).toBe(steps);
  });

  it('accepts datasets, generators and async generators', async () => {
    async function* later(images: tf.Tensor3D[]) {
      for (const image of images) yield await Promise.resolve(tf.clone(image));
    }
    const { steps } = await fit((a, b) => [
      tf.data.array(a).map((x) => tf.clone(x as tf.Tensor)) as never,
      { [Symbol.asyncIterator]: () => later(b) },
    ]);
    expect(steps).toBe(10);
  });

  it('has the same losses for the same seed, and others for another', async () => {
    const losses = async (seed: number) => (await fit((a, b) => [a, b], {}, { seed, poolSize: 1 })).history;
    expect(await losses(1)).toEqual(await losses(1));
    expect(await losses(2)).not.toEqual(await losses(1));
  });

  it('follows the schedule of learning rates', async () => {
    const rates = async (options: CycleGANTrainerOptions) =>
      (await fit((a, b) => [a, b], { stepsPerEpoch: 1 }, { learningRate: 0.1, ...options })).history
        .learningRate;
    // P: constant for half of the epochs, then down in steps of 1/(decay epochs + 1)
    expect(await rates({ epochs: 4 })).toBeAllClose([0.1, 0.1, 0.1 * (1 - 1 / 3), 0.1 * (1 - 2 / 3)]);
    expect(await rates({ epochs: 3, convention: 'keras' })).toEqual([0.1, 0.1, 0.1]);
    expect(await rates({ epochs: 3, schedule: stepSchedule({ every: 1, gamma: 0.5 }) })).toEqual([
      0.1, 0.05, 0.025,
    ]);
    expect(await rates({ epochs: 2, schedule: constantSchedule() })).toEqual([0.1, 0.1]);
  });
});

describe('callbacks', () => {
  it('are called in order, and waited for', async () => {
    const calls: string[] = [];
    const log = async (call: string) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      calls.push(call);
    };
    const callback: TrainerCallback = {
      onTrainBegin: () => log('train begins'),
      onEpochBegin: (epoch) => log(`epoch ${epoch} begins`),
      onStepEnd: (step) => log(`step ${step}`),
      onEpochEnd: (epoch) => log(`epoch ${epoch} ends`),
      onTrainEnd: () => log('train ends'),
    };
    await fit((a, b) => [a, b], { stepsPerEpoch: 2, callbacks: callback });
    expect(calls).toEqual([
      'train begins', 'epoch 0 begins', 'step 1', 'step 2', 'epoch 0 ends',
      'epoch 1 begins', 'step 3', 'step 4', 'epoch 1 ends', 'train ends',
    ]); // prettier-ignore
  });

  it('get the means of an epoch', async () => {
    const steps: number[] = [];
    const record = history();
    const { history: returned } = await fit((a, b) => [a, b], {
      stepsPerEpoch: 2,
      epochs: 1,
      callbacks: [record, { onStepEnd: (_, { cycle_A }) => void steps.push(cycle_A) }],
    });
    expect(record.history.cycle_A).toBeAllClose([(steps[0]! + steps[1]!) / 2]);
    expect(returned).toEqual(record.history);
    expect(record.epoch).toEqual([0]);
  });

  it('end the training after a step, which does not complete the epoch, or after an epoch', async () => {
    const stopAt = (at: number): TrainerCallback => ({
      onStepEnd: (step, _losses, trainer) => {
        if (step === at) trainer.stopTraining = true;
      },
    });
    expect(await fit((a, b) => [a, b], { callbacks: stopAt(7) })).toMatchObject({
      steps: 7,
      epochs: 1,
      epoch: [0],
    });
    const afterEpoch: TrainerCallback = {
      onEpochEnd: (_e, _logs, trainer) => void (trainer.stopTraining = true),
    };
    expect(await fit((a, b) => [a, b], { callbacks: afterEpoch })).toMatchObject({ steps: 5, epochs: 1 });
  });

  it('may throw: training ends, and onTrainEnd is called', async () => {
    let ended = false;
    const callbacks: TrainerCallback = {
      onStepEnd: () => Promise.reject(new Error('no more')),
      onTrainEnd: () => void (ended = true),
    };
    await expect(fit((a, b) => [a, b], { callbacks })).rejects.toThrow('no more');
    expect(ended).toBe(true);

    ended = false;
    const failing = { onTrainBegin: () => Promise.reject(new Error('not even once')) };
    const both = fit((a, b) => [a, b], { callbacks: [callbacks, failing] });
    await expect(both).rejects.toThrow('not even once');
    expect(ended).toBe(true);
  });

  it('let timers run, on a synchronous backend', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await fit((a, b) => [a, b]);
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(5);
  });
});

describe('fit refuses', () => {
  it('a second fit while one is running', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { epochs: 2 });
      const [a, b] = [tinyPictures(1, 1), tinyPictures(1, 2)];
      const first = trainer.fit(a, b);
      await expect(trainer.fit(a, b)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.fit: another fit of this trainer is running. Await it first.]`,
      );
      expect((await first).epoch).toEqual([0, 1]);
      expect((await trainer.fit(a, b)).epoch).toEqual([]); // there is nothing left to do
      tf.dispose([...a, ...b]);
      trainer.dispose();
      model.dispose();
    }));

  const refusal = async (sources: [unknown, unknown], options: object = {}) => {
    try {
      await fit(() => sources as never, options);
      return 'no error';
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  };

  it('invalid sources and options, with the full message', async () => {
    expect(await refusal([[], []])).toMatchInlineSnapshot(
      `"INVALID_DATA: CycleGANTrainer.fit: a must have at least one image, got none."`,
    );
    expect(await refusal([3, []])).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: CycleGANTrainer.fit: a must be a folder of images, an array or (async) iterable of tensors, or a tf.data.Dataset, got 3."`,
    );
    const batch = tinyBatch(2);
    expect(await refusal([batch, [batch]])).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: CycleGANTrainer.fit: a must be a folder of images, an array or (async) iterable of tensors, or a tf.data.Dataset, got a Tensor. Put it into an array, or split it with tf.unstack."`,
    );
    expect(await refusal([[batch], [batch]], { epoch: 3 })).toMatchInlineSnapshot(
      `"UNKNOWN_OPTION: CycleGANTrainer.fit: unknown option "epoch". Did you mean "epochs"?"`,
    );
    expect(await refusal([[batch], [batch]], { batchSize: 0 })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer.fit: option "batchSize" must be a whole number from 1, got 0."`,
    );
    expect(await refusal([[batch], [batch]], { epochs: 3 })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer.fit: option "epochs" must be at most 2, got 3: the learning rate is 0 after epoch 2. Create the trainer with epochs: 3, or with another schedule."`,
    );
    expect(
      await refusal([[batch], [batch]], { callbacks: { onEpochEndd: () => undefined } }),
    ).toMatchInlineSnapshot(
      `"UNKNOWN_OPTION: CycleGANTrainer.fit: a callback has no "onEpochEndd". Did you mean "onEpochEnd"?"`,
    );
    expect(await refusal([[batch], [batch]], { callbacks: [3] })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer.fit: option "callbacks" must be a callback or an array of them, got [3]."`,
    );
    batch.dispose();
  });
});
