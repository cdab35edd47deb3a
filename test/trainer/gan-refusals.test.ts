/** What `GANTrainer` refuses, by name and before anything is allocated. */
import * as tf from '@tensorflow/tfjs';
import {
  type AdversarialLoss,
  CycleGANTrainer,
  GAN,
  ganLoss,
  type GANLossName,
  GANTrainer,
  type GANTrainerOptions,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/allocations.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel } from '../support/tiny.js';

const modelOf = (loss: GANLossName) =>
  new GAN({
    loss,
    imageShape: [8, 8, 1],
    latentSize: 3,
    filters: 2,
    seed: 7,
    ...(loss === 'cgan' || loss === 'acgan' ? { classes: 3 } : {}),
  });

/** Runs `body` with a model and its trainer. */
const using = (loss: GANLossName, options: GANTrainerOptions, body: (trainer: GANTrainer) => unknown) =>
  withoutLeaks(async () => {
    const model = modelOf(loss);
    const trainer = new GANTrainer(model, { seed: 1, ...options });
    try {
      await body(trainer);
    } finally {
      trainer.dispose();
      model.dispose();
    }
  });

const message = async (refused: Promise<unknown>): Promise<string> => {
  const before = tf.memory().numTensors;
  try {
    await refused;
    return 'no error';
  } catch (error) {
    expect(tf.memory().numTensors).toBe(before);
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
};

describe('the constructor', () => {
  const refusal = (loss: GANLossName, options: object, code: string, text: string) => {
    const model = modelOf(loss);
    expectRefusal(() => new GANTrainer(model, options), code, text);
    model.dispose();
  };

  it('refuses losses that need other networks', () =>
    withoutLeaks(() => {
      const end = 'Build one for the loss, or leave the option out.';
      const cases: [GANLossName, GANLossName | AdversarialLoss, string][] = [
        ['gan', 'cgan', '"cgan" needs networks that both get labels, and the model was built for "gan"'],
        ['gan', 'acgan', '"acgan" needs a head that estimates classes, and the model was built for "gan"'],
        [
          'acgan',
          ganLoss('infogan'),
          '"infogan" needs a head that estimates codes, and the model was built for "acgan"',
        ],
        [
          'hinge',
          'began',
          '"began" needs an auto-encoder as discriminator, and the model was built for "hinge"',
        ],
        [
          'cgan',
          'wgan',
          '"wgan" needs a generator and a discriminator alone, and the model was built for "cgan"',
        ],
      ];
      for (const [model, loss, text] of cases) {
        refusal(
          model,
          { loss },
          'INVALID_OPTION',
          `GANTrainer: option "loss" must fit the model: ${text}. ${end}`,
        );
      }
    }));

  it('accepts any loss that fits: of the same networks, with options, of your own', () =>
    withoutLeaks(() => {
      const own: AdversarialLoss = { ...ganLoss('hinge'), name: 'own' };
      for (const loss of ['wgan', ganLoss('wgan-gp', { lambda: 3 }), own] as const) {
        const model = modelOf('gan');
        const trainer = new GANTrainer(model, { loss });
        expect(trainer.settings.loss.name).toBe(typeof loss === 'string' ? loss : loss.name);
        trainer.dispose();
        model.dispose();
      }
    }));

  it('refuses other models, unknown and invalid options', () =>
    withoutLeaks(() => {
      const cyclegan = tinyModel();
      expectRefusal(
        () => new GANTrainer(cyclegan as never),
        'INVALID_ARGUMENT',
        'GANTrainer: expected a GAN as first argument, got a CycleGAN. Options come second.',
      );
      cyclegan.dispose();
      refusal(
        'gan',
        { criticStep: 2 },
        'UNKNOWN_OPTION',
        'GANTrainer: unknown option "criticStep". Did you mean "criticSteps"?',
      );
      refusal(
        'gan',
        { criticSteps: 0 },
        'INVALID_OPTION',
        'GANTrainer: option "criticSteps" must be a whole number from 1, got 0.',
      );
      refusal('gan', { loss: 'gna' }, 'INVALID_ARGUMENT', 'ganLoss: unknown loss "gna". Did you mean "gan"?');
      refusal(
        'wgan',
        { optimizer: { name: 'rmsprop', beta1: 0.5 } },
        'INVALID_OPTION',
        'GANTrainer: option "optimizer" must be an optimizer such as { name: "adam", beta1: 0.5, beta2: 0.999, epsilon: 1e-8 } ' +
          'or { name: "rmsprop", alpha: 0.99 }, got an object.',
      );
    }));

  it('has the defaults of the paper', () =>
    withoutLeaks(() => {
      const settingsOf = (loss: GANLossName, options: GANTrainerOptions = {}) => {
        const model = modelOf(loss);
        const trainer = new GANTrainer(model, options);
        const { criticSteps, optimizer, learningRate } = trainer.settings;
        trainer.dispose();
        model.dispose();
        return { criticSteps, optimizer, learningRate };
      };
      expect(settingsOf('wgan')).toEqual({
        criticSteps: 5,
        optimizer: { name: 'rmsprop', alpha: 0.99, epsilon: 1e-8 },
        learningRate: { generator: 5e-5, discriminator: 5e-5 },
      });
      expect(settingsOf('wgan-gp')).toEqual({
        criticSteps: 5,
        optimizer: { name: 'adam', beta1: 0, beta2: 0.9, epsilon: 1e-8 },
        learningRate: { generator: 1e-4, discriminator: 1e-4 },
      });
      expect(settingsOf('infogan', { optimizer: { name: 'adam', beta2: 0.99 } })).toEqual({
        criticSteps: 1,
        optimizer: { name: 'adam', beta1: 0.5, beta2: 0.99, epsilon: 1e-8 },
        learningRate: { generator: 1e-3, discriminator: 2e-4 },
      });
    }));
});

describe('a step', () => {
  const zeros = (shape: [number, number, number, number]) => tf.zeros<tf.Rank.R4>(shape);

  it('refuses labels that are missing, out of range, too many, or unused', () =>
    withoutLeaks(async () => {
      const images = zeros([2, 8, 8, 1]);
      await using('cgan', {}, async (trainer) => {
        const step = (labels?: number[]) => message(trainer.trainStep(images, labels && { labels }));
        const start = 'INVALID_OPTION: GANTrainer.trainStep: option "labels" must';
        expect(await step()).toBe(
          `${start} give the class of each image, from 0 to 2: the model is for "cgan".`,
        );
        expect(await step([0, 3])).toBe(`${start} be whole numbers from 0 to 2, got 3 for image 1.`);
        expect(await step([0.5, 1])).toBe(`${start} be whole numbers from 0 to 2, got 0.5 for image 0.`);
        expect(await step([0, 1, 2])).toBe(`${start} have one class for each of the 2 images, got 3.`);
        expect(trainer.step).toBe(0);
      });
      await using('gan', {}, async (trainer) => {
        expect(await message(trainer.trainStep(images, { labels: [0, 1] }))).toBe(
          'INVALID_OPTION: GANTrainer.trainStep: option "labels" cannot be combined with a model for "gan", which has no labels.',
        );
      });
      images.dispose();
    }));

  it('refuses images of other sizes, counts and values', () =>
    using('wgan', { criticSteps: 3 }, async (trainer) => {
      const step = async (images: tf.Tensor) => {
        const text = await message(trainer.trainStep(images as tf.Tensor4D));
        images.dispose();
        return text;
      };
      const start = 'GANTrainer.trainStep: images must';
      expect(await step(zeros([3, 8, 8, 3]))).toBe(`INVALID_SHAPE: ${start} have 1 channels, got 3.`);
      expect(await step(zeros([3, 8, 12, 1]))).toBe(
        `INVALID_SHAPE: ${start} have 8 x 8 pixels, like those of the generator, got 8 x 12.`,
      );
      expect(await step(zeros([4, 8, 8, 1]))).toBe(
        `INVALID_SHAPE: ${start} be divisible into equal batches for 3 updates of the discriminator, each of at least 1, got 4 in total.`,
      );
      expect(await step(tf.fill([3, 8, 8, 1], 255))).toBe(
        `INVALID_ARGUMENT: ${start} be in [-1, 1], got values from 255 to 255. ` +
          'Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.',
      );
      expect(trainer.step).toBe(0);
    }));

  it('refuses a single image if the loss compares images of a batch', () =>
    using('ebgan', {}, async (trainer) => {
      const image = zeros([1, 8, 8, 1]);
      expect(await message(trainer.trainStep(image))).toBe(
        'INVALID_SHAPE: GANTrainer.trainStep: images must be divisible into equal batches for 1 updates of the discriminator, each of at least 2, got 1 in total.',
      );
      image.dispose();
    }));

  it('refuses random tensors that it does not draw', () =>
    using('gan', {}, async (trainer) => {
      const [images, z] = [zeros([2, 8, 8, 1]), tf.zeros([2, 4])];
      const step = (draws: tf.NamedTensorMap) => message(trainer.trainStep(images, { draws }));
      expect(await step({ 'z-D-1': z })).toBe(
        'INVALID_SHAPE: GANTrainer.trainStep: option "draws.z-D-1" must be a tensor of shape [2, 3], got shape [2, 4].',
      );
      expect(await step({ 'z-D-2': z })).toBe(
        'UNKNOWN_OPTION: GANTrainer.trainStep: option "draws" has no "z-D-2". Did you mean "z-D-1"?',
      );
      tf.dispose([images, z]);
    }));
});

describe('fit', () => {
  it('refuses labels and image counts before it reads images', () =>
    using('acgan', {}, async (trainer) => {
      const source = {
        length: 10,
        get: (): tf.Tensor3D => {
          throw new Error('read');
        },
      };
      const labels = Array.from({ length: 10 }, (_, i) => i % 3);
      expect(await message(trainer.fit(source, { batchSize: 2 }))).toBe(
        'INVALID_OPTION: GANTrainer.fit: option "labels" must give the class of each image, from 0 to 2: the model is for "acgan".',
      );
      expect(await message(trainer.fit(source, { labels: labels.map((x) => 2 * x), batchSize: 2 }))).toBe(
        'INVALID_OPTION: GANTrainer.fit: option "labels" must be whole numbers from 0 to 2, got 4 for image 2.',
      );
      expect(await message(trainer.fit(source, { labels: labels.slice(1), batchSize: 2 }))).toBe(
        'INVALID_OPTION: GANTrainer.fit: option "labels" must have one class for each of the 10 images, got 9.',
      );
      expect(await message(trainer.fit(source, { labels }))).toBe(
        'INVALID_DATA: GANTrainer.fit: images must be enough for one batch of 64, got fewer. Use a smaller "batchSize".',
      );
    }));

  it('refuses a stream that ends before the first step', () =>
    using('wgan', { criticSteps: 2 }, async (trainer) => {
      const stream = function* () {
        for (let i = 0; i < 3; i++) yield tf.zeros<tf.Rank.R3>([8, 8, 1]);
      };
      expect(await message(trainer.fit(stream(), { batchSize: 2 }))).toBe(
        'INVALID_DATA: GANTrainer.fit: images must be enough for one batch of 4, got fewer. Use a smaller "batchSize".',
      );
    }));
});

describe('restore', () => {
  const stateOf = (loss: GANLossName, options: GANTrainerOptions = {}) => {
    let state: TrainerState | undefined;
    return using(loss, options, async (trainer) => {
      const images = tf.zeros<tf.Rank.R4>([4, 8, 8, 1]);
      await trainer.trainStep(images);
      images.dispose();
      state = structuredClone(await trainer.state());
    }).then(() => state!);
  };
  const refusal = async (state: TrainerState, loss: GANLossName) => {
    let text = '';
    await using(loss, {}, (trainer) => {
      try {
        trainer.restore(state);
      } catch (error) {
        text = `${(error as { code: string }).code}: ${(error as Error).message}`;
      }
    });
    return text;
  };

  it('refuses states of other algorithms and losses', async () => {
    expect(await refusal(await stateOf('wgan', { criticSteps: 2 }), 'hinge')).toBe(
      'INVALID_STATE: GANTrainer.restore: the state is of the algorithm "gan (wgan)", this trainer runs "gan (hinge)". ' +
        'Restore it into a trainer of the same algorithm.',
    );
    await withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model);
      const state = await trainer.state();
      trainer.dispose();
      model.dispose();
      expect(await refusal(state, 'gan')).toBe(
        'INVALID_STATE: GANTrainer.restore: the state is of the algorithm "cyclegan", this trainer runs "gan (gan)". ' +
          'Restore it into a trainer of the same algorithm.',
      );
    });
  });

  it("refuses a damaged k of BEGAN's, and more steps of an optimizer than there were updates", async () => {
    const began = await stateOf('began');
    expect(await refusal({ ...began, stateful: { balance: { k: 2 } } }, 'began')).toBe(
      'INVALID_STATE: GANTrainer.restore: stateful.balance: k must be a number from 0 to 1, got 2.',
    );
    expect(await refusal({ ...began, stateful: {} }, 'began')).toBe(
      'INVALID_STATE: GANTrainer.restore: stateful.balance is missing.',
    );
    const wgan = await stateOf('wgan', { criticSteps: 2 });
    wgan.trained.generator!.optimizer['main.0/kernel']!.steps = 2;
    expect(await refusal(wgan, 'wgan')).toBe(
      'INVALID_STATE: GANTrainer.restore: trained.generator.optimizer.main.0/kernel must count at most 1 steps, got 2.',
    );
  });
});
