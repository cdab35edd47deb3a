/**
 * Trains a CycleGAN on two folders of your own images, and translates images of the first.
 *
 *     npm run train -- photos paintings
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer, isCycleGANError, stopOnNaN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import {
  fileSystem,
  inspectFolder,
  progressBar,
  resumeRun,
  runFolder,
  stopOnSignal,
  translateFiles,
  unpairedFolder,
} from 'ts-cyclegan/node';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: 'string', default: 'runs/own' }, // everything is saved here; run it again to resume
    out: { type: 'string', default: 'translated' },
    size: { type: 'string', default: '64' }, // pixels
    filters: { type: 'string', default: '32' },
    blocks: { type: 'string', default: '6' }, // residual blocks
    epochs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const [folderA, folderB] = positionals;
const { run, out } = values;
const [size, filters, epochs, seed] = [values.size, values.filters, values.epochs, values.seed].map(
  Number,
) as [number, number, number, number];

/** The training. Errors of the library say what to do, so their message is enough. */
async function main(): Promise<void> {
  if (folderA === undefined || folderB === undefined) {
    console.error('usage: npm run train -- <folder A> <folder B> [--size 64] [--epochs 20] …');
    process.exitCode = 2;
    return;
  }
  registerOnnxRuntimeBackend(ort);
  await tf.setBackend('onnxruntime');

  // 1. Look at the images before hours of training: are there enough, are they large enough, can all be read?
  for (const folder of [folderA, folderB]) {
    const { parts, broken } = await inspectFolder(folder, { size });
    for (const { images, small } of parts) {
      console.log(`${folder}: ${images} images, ${small.length} of them smaller than ${size} pixels`);
    }
    for (const { path, reason } of broken) console.log(`${folder}/${path} cannot be read: ${reason}`);
  }

  // 2. Two sets. Each image is resized, cropped at random and sometimes mirrored. Broken ones are skipped.
  const { trainA, trainB } = unpairedFolder({ a: folderA, b: folderB }, { cropSize: size, onError: 'skip' });

  // 3. The model and its trainer. `ema` averages the weights of the generators: their images are calmer.
  const model = new CycleGAN({
    inputShape: [size, size, 3],
    filters,
    residualBlocks: Number(values.blocks),
    seed,
  });
  const trainer = new CycleGANTrainer(model, { epochs, ema: 0.999, seed });
  if (existsSync(`${run}/config.json`)) await resumeRun(run, { trainer });

  // 4. Train. Ctrl-C saves and stops; the same command resumes bit for bit.
  await trainer.fit(trainA, trainB, {
    callbacks: [
      stopOnSignal(),
      stopOnNaN(),
      progressBar(),
      runFolder(run, { samples: { A: trainA, B: trainB } }),
    ],
  });
  console.log(`epochs: ${trainer.epoch} of ${epochs}`);
  trainer.dispose();
  model.dispose();
  if (trainer.epoch < epochs) return; // stopped

  // 5. Translate all images of the first folder, in their own sizes, with the averaged generators.
  const trained = await CycleGAN.load(fileSystem(`${run}/model`));
  const { translated } = await translateFiles(trained, folderA, { direction: 'AtoB', out });
  trained.dispose();
  console.log(`${translated.length} images are in ${out}`);
}

await main().catch((error: unknown) => {
  if (!isCycleGANError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
