/** Scores on test pairs, in the log of a run while it is trained. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  CUT,
  CUTTrainer,
  CycleGAN,
  CycleGANTrainer,
  GAN,
  GANTrainer,
  type PairSource,
  Pix2PixTrainer,
} from 'ts-cyclegan';
import { l1 } from 'ts-cyclegan/metrics';
import { runFolder } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { tinyModel, tinyPictures, tinyPix2Pix } from '../../support/tiny.js';

const pairsOf = (inputs: tf.Tensor3D[], targets: tf.Tensor3D[]): PairSource => ({
  pairs: true,
  length: inputs.length,
  get: (index) => [tf.clone(inputs[index]!), tf.clone(targets[index]!)],
});

const linesOf = async (folder: string) =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);

test('CycleGAN: both directions, every second step, with the weights of that step', async () => {
  const folder = await emptyFolder();
  await withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, {});
    const [a, b] = [tinyPictures(3, 1), tinyPictures(3, 2)];
    const run = runFolder(folder, { evaluate: { pairs: pairsOf(a, b), every: 2, count: 2 } });
    let wanted = 0;
    const compare = {
      onStepEnd: async (step: number) => {
        if (step !== 2) return;
        for (const index of [0, 1]) {
          const fake = model.translate(a[index]!, 'AtoB');
          wanted += (await l1(fake, b[index]!)) / 4; // values from 0 to 1, mean of two
          fake.dispose();
        }
      },
    };
    await trainer.fit(a, b, { epochs: 1, stepsPerEpoch: 3, callbacks: [run, compare] });
    expect(run.spent.evaluations).toBeGreaterThan(0);
    const lines = await linesOf(folder);
    const names = lines.map((line) =>
      Object.keys(line)
        .filter((name) => name.startsWith('test_'))
        .join(' '),
    );
    expect(names).toEqual([
      '',
      'test_l1_A test_psnr_A test_cycle_A test_l1_B test_psnr_B test_cycle_B', // too small for SSIM
      '',
    ]);
    expect([lines[1]!.test_l1_A]).toBeAllClose([wanted], { rtol: 1e-4 });
    trainer.dispose();
    model.dispose();
    tf.dispose([a, b]);
  });
});

test('networks of your own are measured, too; a measurement that fails leaves no tensors', async () => {
  const folder = await emptyFolder();
  await withoutLeaks(async () => {
    const built = tinyModel();
    const { generatorG, generatorF, discriminatorX, discriminatorY } = built;
    const model = new CycleGAN({ generatorG, generatorF, discriminatorX, discriminatorY });
    const trainer = new CycleGANTrainer(model, {});
    const [a, b] = [tinyPictures(1, 1), tinyPictures(1, 2)];
    const run = runFolder(folder, { evaluate: { pairs: pairsOf(a, b), every: 1 } });
    await trainer.fit(a, b, { epochs: 1, callbacks: run });
    expect((await linesOf(folder))[0]).toMatchObject({ test_l1_A: expect.any(Number) as number });

    const narrow = [tf.zeros<tf.Rank.R3>([6, 8, 3])];
    const pairs = pairsOf(narrow, narrow);
    const broken = runFolder(await emptyFolder(), { evaluate: { pairs, every: 1 } });
    await expect(trainer.fit(a, b, { epochs: 2, callbacks: broken })).rejects.toMatchObject({
      code: 'INVALID_SHAPE',
    });
    trainer.dispose();
    model.dispose();
    built.dispose();
    tf.dispose([a, b, narrow]);
  });
});

test('pix2pix: no cycle; refused options', async () => {
  const folder = await emptyFolder();
  await withoutLeaks(async () => {
    const model = tinyPix2Pix({ outputChannels: 1 });
    const trainer = new Pix2PixTrainer(model, {});
    const [a, b] = [tinyPictures(2, 1, 1), tinyPictures(2, 2, 1)];
    const pairs = pairsOf(a, b);
    await trainer.fit(pairs, { epochs: 1, callbacks: runFolder(folder, { evaluate: { pairs, every: 1 } }) });
    expect(Object.keys((await linesOf(folder))[0]!)).toEqual(
      expect.arrayContaining(['test_l1', 'test_psnr']),
    );
    trainer.dispose();
    model.dispose();
    tf.dispose([a, b]);
  });
  expect(() => runFolder(folder, { evaluate: { pairs: [] as never } })).toThrow(
    'runFolder: option "evaluate": option "pairs" must be a set of pairs, such as pairedFolder(…), got [].',
  );
});

test('CUT: one direction; a GAN is refused before the first step', async () => {
  const [folder, refused] = [await emptyFolder(), await emptyFolder()];
  await withoutLeaks(async () => {
    const model = new CUT({ inputShape: [32, 32, 1], filters: 1, residualBlocks: 1, nceUnits: 2, seed: 1 });
    const trainer = new CUTTrainer(model, { patches: 4 });
    const images = [1, 2].map((seed) => tf.randomUniform<tf.Rank.R3>([32, 32, 1], -1, 1, 'float32', seed));
    const evaluate = { pairs: pairsOf(images, images), every: 1 };
    await trainer.fit(images, images, {
      epochs: 1,
      stepsPerEpoch: 1,
      callbacks: runFolder(folder, { evaluate }),
    });
    const names = Object.keys((await linesOf(folder))[0]!).filter((name) => name.startsWith('test_'));
    expect(names).toEqual(['test_l1', 'test_psnr', 'test_ssim']);
    trainer.dispose();
    model.dispose();

    const digits = tinyPictures(2, 1, 1);
    const gan = new GAN({ imageShape: [8, 8, 1], filters: 1, latentSize: 2, seed: 1 });
    const ganTrainer = new GANTrainer(gan, {});
    const fit = ganTrainer.fit(digits, {
      epochs: 1,
      batchSize: 2,
      callbacks: runFolder(refused, { evaluate }),
    });
    await expect(fit).rejects.toThrow(
      'runFolder: option "evaluate": only CycleGAN, Pix2Pix and CUT translate pairs, got a trainer of "gan (gan)". Leave "evaluate" out.',
    );
    expect(await readdir(refused)).toEqual([]);
    ganTrainer.dispose();
    gan.dispose();
    tf.dispose([images, digits]);
  });
});
