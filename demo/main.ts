/**
 * The demo: trains on two unpaired sets of real images, line drawings and colour images, and writes sheets and scores.
 * `npm run demo -- --help` lists the options.
 */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer, stopOnNaN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem, progressBar, sampleSheets, stopOnSignal } from 'ts-cyclegan/node';
import { evaluate } from './evaluate.js';
import { decaySecondHalf, describeLimits, endAt, shareOf, stepsPerEpoch } from './limits.js';
import { images, split, usableNames } from './openmoji.js';
import { scaleFor, scoreTable, writeReport, writeSheet } from './report.js';
import { settingsFrom } from './settings.js';

async function main(): Promise<void> {
  const settings = settingsFrom(process.argv.slice(2));
  const { size, filters, blocks, seed, test, out } = settings;
  registerOnnxRuntimeBackend(ort);
  await tf.setBackend('onnxruntime');
  const engine = `ONNX Runtime ${ort.env.versions.node}, CPU (backend ${tf.getBackend()}, tfjs ${tf.version.tfjs})`;
  await mkdir(out, { recursive: true });
  console.log(`Engine: ${engine}.`);

  const names = split(await usableNames(), seed);
  const [trainA, trainB, testA, testB] = await Promise.all([
    images('black', names.trainA, size),
    images('color', names.trainB, size),
    images('black', names.test, size),
    images('color', names.test, size),
  ]);
  console.log(
    `OpenMoji (CC BY-SA 4.0): ${trainA.length} drawings, ${trainB.length} colour images, ${testA.length} test pairs.`,
  );

  const model = new CycleGAN({
    convention: 'pytorch',
    inputShape: [size, size, 3],
    filters,
    residualBlocks: blocks,
    discriminatorLayers: 2,
    seed,
  });
  const share = shareOf(settings);
  const trainer = new CycleGANTrainer(model, {
    adversarial: 'vanilla',
    learningRate: 8e-4,
    schedule: decaySecondHalf(share),
    ema: 0.999,
    seed,
  });
  console.log(
    `Training at ${size} x ${size} pixels, for ${describeLimits(settings)}. Ctrl-C ends it earlier.`,
  );
  const before = performance.now();
  await trainer.fit(trainA, trainB, {
    epochs: Number.MAX_SAFE_INTEGER, // endAt ends it
    stepsPerEpoch,
    callbacks: [
      stopOnSignal(),
      stopOnNaN(),
      progressBar({ share }),
      sampleSheets(join(out, 'samples'), { A: testA, B: testB, every: 200, scale: scaleFor(size) }),
      endAt(share),
    ],
  });
  const seconds = (performance.now() - before) / 1000;

  await trainer.withAverages(async () => {
    console.log('Translating the test images …');
    const AtoB = await evaluate(model, 'AtoB', testA, testB, test);
    const BtoA = await evaluate(model, 'BtoA', testB, testA, test);
    await writeSheet(join(out, 'sheet.png'), model, testA, testB, size);
    await writeReport(out, { settings, engine, steps: trainer.step, seconds, AtoB, BtoA });
    await model.save(fileSystem(join(out, 'model')));
    console.log(`\n${scoreTable(AtoB, BtoA)}\n`);
  });
  trainer.dispose();
  model.dispose();
  const shown = (file: string) => relative('.', join(out, file));
  console.log(`Images: ${shown('sheet.png')}   page: ${pathToFileURL(join(out, 'index.html')).href}`);
  console.log(`Model: ${shown('model')}   scores: ${shown('scores.json')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
