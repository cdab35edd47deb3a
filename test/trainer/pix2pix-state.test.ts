/** pix2pix in epochs: what is resumed is the same bit for bit, in the middle of an epoch too; and what is refused. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import {
  adversarialLoss,
  CycleGANError,
  CycleGANTrainer,
  earlyStop,
  type ImageSource,
  type PairSource,
  patchDiscriminator,
  Pix2Pix,
  Pix2PixTrainer,
  type Pix2PixTrainerOptions,
  plateauSchedule,
  resnetGenerator,
  type TrainerState,
} from 'ts-cyclegan';
import { loadState, pairedFolder, saveState } from 'ts-cyclegan/node';
import { describe, expect, it } from 'vitest';
import { expectRefusal, expectRejection } from '../support/allocations.js';
import { digestOf } from '../support/digest.js';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel, tinyPictures, tinyPix2Pix } from '../support/tiny.js';

/** Fits a tiny model of three channels, all cleaned up. */
async function run(
  source: PairSource,
  { batchSize = 1, ...options }: Pix2PixTrainerOptions & { batchSize?: number },
  { stopAfter = Infinity, modelSeed = 7, state }: { stopAfter?: number; modelSeed?: number; state?: TrainerState } = {},
) {
  return await withoutLeaks(async () => {
    const model = tinyPix2Pix({ inputShape: [8, 8, 3], outputChannels: 3, seed: modelSeed });
    const trainer = new Pix2PixTrainer(model, { seed: 5, ...options });
    try {
      if (state) trainer.restore(state);
      const callbacks = { onStepEnd: (step: number) => void (trainer.stopTraining = step >= stopAfter) };
      const { skipped, history } = await trainer.fit(source, { callbacks, batchSize });
      return { skipped, history, state: await trainer.state(), digest: await digestOf(trainer), step: trainer.step };
    } finally {
      trainer.dispose();
      model.dispose();
    }
  });
} // prettier-ignore

/** A folder of pairs side by side, each 24 × 12 pixels. */
async function folderOfPairs(count: number): Promise<string> {
  const folder = await emptyFolder();
  for (let i = 0; i < count; i++) {
    const levels = Uint8Array.from({ length: 24 * 12 * 3 }, (_, at) => (at * (7 + i) + 31 * i) % 256);
    await sharp(levels, { raw: { width: 24, height: 12, channels: 3 } }).png().toFile(join(folder, `${i}.png`));
  }
  return folder;
} // prettier-ignore

const preprocess = { direction: 'BtoA', loadSize: 10, cropSize: 8 } as const;

describe('resuming in the middle of an epoch, through a file', () => {
  it.each<[string, Pix2PixTrainerOptions, number]>([
    ['vanilla, averages', { ema: 0.9 }, 4],
    ['in an accumulation, with a penalty', { accumulate: 3, adversarial: 'wgan-gp' }, 5],
    ['lsgan, a plateau, in the second epoch', { adversarial: 'lsgan', schedule: plateauSchedule() }, 7],
  ])('gives the same bit for bit: %s', async (_, options, stopAfter) => {
    const pairs = await pairedFolder(await folderOfPairs(5), preprocess);
    const all = { epochs: 3, batchSize: 2, ...options };
    const whole = await run(pairs, all);
    expect(whole.step).toBe(9);
    const first = await run(pairs, all, { stopAfter });
    expect([first.step, first.state.running!.steps]).toEqual([stopAfter, stopAfter % 3]);
    const file = join(await emptyFolder(), 'state.bin');
    await saveState(file, first.state);
    const state = await loadState(file);
    expect(state.algorithm).toMatchObject({ name: 'pix2pix', options: { lambdaL1: 100 } });
    const second = await run(pairs, all, { state, modelSeed: 99 }); // other weights, which the state must replace
    expect(second.digest).toBe(whole.digest);
  });
});

describe('fit', () => {
  /** Named images whose values tell which they are, and that note what is read. */
  const named = (names: readonly string[], channels: number, read: string[], broken?: string): ImageSource => ({
    names,
    length: names.length,
    onError: 'skip',
    get(index) {
      if (names[index] === broken) throw new CycleGANError('INVALID_DATA', `${broken} is broken`);
      read.push(`${channels} ${names[index]}`);
      return tf.fill([8, 8, channels], index / 10);
    },
  }); // prettier-ignore
  const names = ['1.png', '2.png', '3.png', '4.png'];

  it('accepts two sets, shows each pair once in an epoch, and names skipped images', () =>
    withoutLeaks(async () => {
      const model = tinyPix2Pix();
      const trainer = new Pix2PixTrainer(model, { epochs: 2, seed: 1 });
      const read: string[] = [];
      const [input, target] = [named(names, 1, read), named(names, 2, read, '3.png')];
      const result = await trainer.fit(input, target);
      expect(result.skipped).toEqual({ input: ['3.png'], target: ['3.png'] });
      expect(result.epoch).toEqual([0, 1]);
      expect(Object.keys(result.history)).toEqual(['G_GAN', 'G_L1', 'D_real', 'D_fake', 'learningRate']);
      expect(trainer.step).toBe(6);
      expect(read.filter((name) => name.startsWith('2')).sort()).toEqual(
        ['1.png', '1.png', '2.png', '2.png', '4.png', '4.png'].map((name) => `2 ${name}`),
      );
      trainer.dispose();
      model.dispose();
    }));

  it('accepts sets of pairs, arrays and streams; refuses other values by name', () =>
    withoutLeaks(async () => {
      const model = tinyPix2Pix();
      const trainer = new Pix2PixTrainer(model, { epochs: 3, seed: 1 });
      const [inputs, targets] = [tinyPictures(3, 1, 1), tinyPictures(3, 2, 2)];
      const pairs: PairSource = {
        pairs: true,
        length: 3,
        get: (i) => [tf.clone(inputs[i]!), tf.clone(targets[i]!)],
      };
      await trainer.fit(pairs, { epochs: 1 });
      await trainer.fit(inputs, targets, { epochs: 2, batchSize: 2 });
      await trainer.fit(new Set(inputs), new Set(targets));
      expect(trainer.step).toBe(3 + 2 + 3);

      const refused = async (fit: () => Promise<unknown>) =>
        fit().then(
          () => 'taken',
          (error: unknown) => `${(error as CycleGANError).code}: ${(error as Error).message}`,
        );
      const more = { epochs: 4 };
      const read: string[] = [];
      expect([
        await refused(() => trainer.fit(inputs, targets.slice(1), more)),
        await refused(() => trainer.fit(named(names, 1, read), named(['1.png', '2.png', '3.png', '5.png'], 2, read), more)),
        await refused(() => trainer.fit(inputs as never)),
        await refused(() => trainer.fit(pairs as never, targets, more)),
        await refused(() => trainer.fit(pairs, { batchsize: 2 } as never)),
        await refused(() => trainer.fit(inputs, targets, more)),
        await refused(() => trainer.fit(named(names, 2, read), named(names, 2, read), { epochs: 3, stepsPerEpoch: 1 })),
      ]).toMatchInlineSnapshot(`
        [
          "INVALID_DATA: Pix2PixTrainer.fit: input and target must have the same number of images, got 3 and 2. Remove images without a partner.",
          "INVALID_DATA: Pix2PixTrainer.fit: images of a pair must have the same name, got "4.png" of input and "5.png" of target. Rename or remove images without a partner.",
          "INVALID_ARGUMENT: Pix2PixTrainer.fit: expected one set of pairs, or two sets of images, got only [a Tensor, a Tensor, a Tensor].",
          "INVALID_ARGUMENT: Pix2PixTrainer.fit: expected one set of pairs, or two sets of images, got a set of pairs and another set.",
          "UNKNOWN_OPTION: Pix2PixTrainer.fit: unknown option "batchsize". Did you mean "batchSize"?",
          "INVALID_OPTION: Pix2PixTrainer.fit: option "epochs" must be at most 3, got 4: the learning rate is 0 after epoch 3. Create the trainer with epochs: 4, or with another schedule.",
          "taken",
        ]
      `);
      expect(read).toEqual([]);
      tf.dispose([inputs, targets]);
      trainer.dispose();
      model.dispose();
    })); // prettier-ignore

  it('names the images of a pair that does not fit', () =>
    withoutLeaks(async () => {
      const model = tinyPix2Pix();
      const trainer = new Pix2PixTrainer(model, { epochs: 1, seed: 1 });
      const read: string[] = [];
      await expect(trainer.fit(named(['x.png'], 2, read), named(['x.png'], 2, read))).rejects.toThrow(
        'Pix2PixTrainer.trainStep: input must have 1 channels, got 2. The images are "x.png" of input and "x.png" of target.',
      );
      trainer.dispose();
      model.dispose();
    }));

  it('ends if a loss no longer decreases', () =>
    withoutLeaks(async () => {
      const model = tinyPix2Pix();
      const trainer = new Pix2PixTrainer(model, { epochs: 9, learningRate: 1e-12, lambdaL1: 0 });
      const [inputs, targets] = [tinyPictures(1, 1, 1), tinyPictures(1, 2, 2)];
      await trainer.fit(inputs, targets, { callbacks: earlyStop({ monitor: 'G_L1', patience: 1 }) });
      expect(trainer.epoch).toBe(3);
      tf.dispose([inputs, targets]);
      trainer.dispose();
      model.dispose();
    }));
});

describe('bad input', () => {
  it('in options is refused before anything is allocated', () =>
    withoutLeaks(() => {
      const model = tinyPix2Pix();
      for (const [options, code, message] of [
        [{ lambdaL2: 3 }, 'UNKNOWN_OPTION', 'unknown option "lambdaL2". Did you mean "lambdaL1"?'],
        [{ lambdaL1: -1 }, 'INVALID_OPTION', 'option "lambdaL1" must be a number from 0, got -1.'],
        [
          { adversarial: 'rsgan' },
          'INVALID_OPTION',
          'option "adversarial" must be a loss with the functions discriminatorReal and discriminatorFake, got "rsgan". ' +
            'Losses that compare real images with fakes have none; use "vanilla" or "lsgan", for example.',
        ],
        [{ adversarial: 3 }, 'INVALID_OPTION', 'option "adversarial" must be a mode of adversarialLoss, or an adversarial loss, got 3.'],
        [{ learningRate: 0 }, 'INVALID_OPTION', 'option "learningRate" must be a number above 0, got 0.'],
      ] as const) {
        expectRefusal(() => new Pix2PixTrainer(model, options as never), code, `Pix2PixTrainer: ${message}`);
      }
      expectRefusal(
        () => new Pix2PixTrainer({ lambdaL1: 3 } as never),
        'INVALID_ARGUMENT',
        'Pix2PixTrainer: expected a Pix2Pix as first argument, got an object. Options come second.',
      );
      using trainer = new Pix2PixTrainer(model);
      expectRefusal(
        () => { trainer.setLossWeights({ lambdaL1: NaN }); },
        'INVALID_OPTION',
        'Pix2PixTrainer.setLossWeights: option "lambdaL1" must be a number from 0, got NaN.',
      );
      expect(trainer.settings.loss).toMatchObject({ lambdaL1: 100, adversarial: { name: 'vanilla' } });
      model.dispose();
    })); // prettier-ignore

  it('in images is refused before anything is allocated', () =>
    withoutLeaks(async () => {
      const model = tinyPix2Pix({ discriminator: 'patch', inputShape: [32, 32, 1] });
      const trainer = new Pix2PixTrainer(model);
      const zeros = (...shape: number[]) => tf.zeros<tf.Rank.R4>(shape as never);
      const [input, target] = [zeros(1, 32, 32, 1), zeros(1, 32, 32, 2)];
      const wide = zeros(1, 32, 36, 2);
      const two = zeros(2, 32, 32, 2);
      const small = [zeros(8, 8, 1), zeros(8, 8, 2)];
      const odd = [zeros(30, 32, 1), zeros(30, 32, 2)];
      const levels = tf.fill<tf.Rank.R4>([1, 32, 32, 2], 255);
      const integers = tf.zeros<tf.Rank.R4>([1, 32, 32, 2], 'int32');
      const gone = zeros(1, 32, 32, 1);
      gone.dispose();
      for (const [x, y, code, message] of [
        [target, target, 'INVALID_SHAPE', 'input must have 1 channels, got 2.'],
        [input, input, 'INVALID_SHAPE', 'target must have 2 channels, got 1.'],
        [input, wide, 'INVALID_SHAPE', 'input and target must have the same size and the same number of images, got [1, 32, 32, 1] and [1, 32, 36, 2]. Give both the same resize and crop.'],
        [input, two, 'INVALID_SHAPE', 'input and target must have the same size and the same number of images, got [1, 32, 32, 1] and [2, 32, 32, 2]. Give both the same resize and crop.'],
        [small[0]!, small[1]!, 'INVALID_SHAPE', 'input is too small for the discriminators, got 8 x 8 pixels. Use larger images, or discriminators of fewer layers.'],
        [odd[0]!, odd[1]!, 'INVALID_SHAPE', 'the height of the images must be a multiple of 4, got 30. Resize or crop them, to 32 for example.'],
        [input, levels, 'INVALID_ARGUMENT', 'target must be in [-1, 1], got values from 255 to 255. Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.'],
        [input, integers, 'INVALID_ARGUMENT', 'target must be float32 in [-1, 1], got int32. Divide 8-bit levels by 127.5 and subtract 1.'],
        [input, undefined as never, 'INVALID_SHAPE', 'target must be a tensor [height, width, 2] or a batch of such tensors, got undefined.'],
        [gone, target, 'DISPOSED', 'input has been disposed. Dispose of it after this call.'],
      ] as const) {
        await expectRejection(() => trainer.trainStep(x, y), code, `Pix2PixTrainer.trainStep: ${message}`);
      }
      expect(trainer.step).toBe(0);
      tf.dispose([input, target, wide, two, small, odd, levels, integers]);
      trainer.dispose();
      model.dispose();
    })); // prettier-ignore

  it('a generator of your own that changes the size is refused', () =>
    withoutLeaks(async () => {
      const open = { inputShape: [null, null, 3] as [null, null, number], filters: 2 };
      const generator = resnetGenerator({ ...open, convention: 'pytorch', residualBlocks: 1 });
      const discriminator = patchDiscriminator({ ...open, inputShape: [null, null, 6], layers: 1 });
      const trainer = new Pix2PixTrainer(new Pix2Pix({ generator, discriminator }));
      const image = tinyBatch(1);
      const odd = tf.zeros<tf.Rank.R4>([1, 10, 8, 3]);
      expect((await trainer.trainStep(image, image)).G_L1).toBeGreaterThan(0);
      await expectRejection(
        () => trainer.trainStep(odd, odd),
        'INVALID_SHAPE',
        'Pix2PixTrainer.trainStep: the generator makes images of 12 x 8 pixels from an input of 10 x 8. Use sizes that it keeps: the discriminator gets both images.',
      );
      tf.dispose([image, odd]);
      trainer.dispose();
      generator.dispose();
      discriminator.dispose();
    }));

  it('a state of another algorithm, or of other networks, is refused by name', () =>
    withoutLeaks(async () => {
      const [model, other, cycle] = [tinyPix2Pix(), tinyPix2Pix({ filters: 3 }), tinyModel()];
      const trainer = new Pix2PixTrainer(model);
      const wider = new Pix2PixTrainer(other);
      const cyclegan = new CycleGANTrainer(cycle);
      const [state, ofWider, ofCycleGAN] = [await trainer.state(), await wider.state(), await cyclegan.state()];
      expectRefusal(() => { trainer.restore(ofCycleGAN); }, 'INVALID_STATE', 'Pix2PixTrainer.restore: the state is of the algorithm "cyclegan", this trainer runs "pix2pix". Restore it into a trainer of the same algorithm.');
      expectRefusal(() => { cyclegan.restore(state); }, 'INVALID_STATE', 'CycleGANTrainer.restore: the state is of the algorithm "pix2pix", this trainer runs "cyclegan". Restore it into a trainer of the same algorithm.');
      expectRefusal(() => { trainer.restore(ofWider); }, 'INVALID_STATE', 'Pix2PixTrainer.restore: networks.generator: "model.1/kernel" must have shape [7, 7, 1, 2], got [7, 7, 1, 3]. Restore into a model built with the same options.');
      for (const each of [trainer, wider, cyclegan]) each.dispose();
      for (const each of [model, other, cycle]) each.dispose();
    })); // prettier-ignore
});

it('a loss of your own that is not frozen keeps its functions discriminatorReal and discriminatorFake', () =>
  withoutLeaks(async () => {
    const model = tinyPix2Pix();
    const lsgan = { ...adversarialLoss('lsgan') };
    const trainer = new Pix2PixTrainer(model, { adversarial: lsgan, seed: 1 });
    const twin = tinyPix2Pix();
    const known = new Pix2PixTrainer(twin, { adversarial: 'lsgan', seed: 1 });
    lsgan.discriminatorReal = () => tf.scalar(100);
    const [input, target] = [tinyBatch(1, 1, 1), tinyBatch(1, 2, 2)];
    expect(await trainer.trainStep(input, target)).toEqual(await known.trainStep(input, target));
    tf.dispose([input, target]);
    for (const each of [trainer, known, model, twin]) each.dispose();
  }));
