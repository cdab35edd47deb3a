/**
 * The main job from one command: trains on two unpaired sets of real pictures, line drawings and colour pictures,
 * and shows what came of it. npm run demo -- --help lists the options.
 */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { SingleBar } from 'cli-progress';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer, type Losses, stopOnNaN, type TrainerCallback } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem } from 'ts-cyclegan/node';
import { evaluate } from './evaluate.js';
import { pictures, split, usableNames } from './openmoji.js';
import { scoreTable, writeReport, writeSheet } from './report.js';
import { type Settings, settingsFrom } from './settings.js';

/** Shows step, losses and time left; stops when the time is up, or at Ctrl-C. */
function progress({ steps, minutes }: Settings): TrainerCallback {
  const bar = new SingleBar({
    format: '{bar} step {step} | {left} left | cycle {cycle_A} {cycle_B} | G {G_A} {G_B} | D {D_A} {D_B}',
    noTTYOutput: true,
    notTTYSchedule: 15_000,
    hideCursor: null,
  });
  const started = performance.now();
  let interrupted = (): void => undefined;
  return {
    onTrainBegin(trainer) {
      interrupted = () => {
        if (trainer.stopTraining) process.exit(130); // both came during one step
        bar.stop(); // or it would draw over the next line
        console.log('Stopping after this step; Ctrl-C again ends at once.');
        trainer.stopTraining = true;
      };
      process.on('SIGINT', interrupted);
      const [step, left, none] = ['0', '?', '-'];
      bar.start(1000, 0, {
        step,
        left,
        cycle_A: none,
        cycle_B: none,
        G_A: none,
        G_B: none,
        D_A: none,
        D_B: none,
      });
    },
    onStepEnd(step, losses, trainer) {
      const seconds = (performance.now() - started) / 1000;
      const share = Math.max(step / steps, seconds / 60 / minutes);
      const left = Math.max(0, seconds / share - seconds);
      const clock = `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, '0')}`;
      const rounded = Object.fromEntries(
        Object.entries(losses as Required<Losses>).map(([name, value]) => [name, value.toFixed(2)]),
      );
      const drawn = { step, left: clock, ...rounded };
      if (!trainer.stopTraining) bar.update(Math.min(1000, Math.round(1000 * share)), drawn);
      if (share >= 1) trainer.stopTraining = true;
    },
    onTrainEnd() {
      bar.stop();
      process.off('SIGINT', interrupted);
    },
  };
}

/** '664 steps or 3 minutes at most', or the one of the two that there is. */
function limits({ steps, minutes }: Settings): string {
  const named = [
    [steps, 'steps'],
    [minutes, 'minutes'],
  ] as const;
  const finite = named.filter(([limit]) => limit !== Infinity).map(([limit, unit]) => `${limit} ${unit}`);
  return `${finite.join(' or ')}${finite.length > 1 ? ' at most' : ''}`;
}

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
    pictures('black', names.trainA, size),
    pictures('color', names.trainB, size),
    pictures('black', names.test, size),
    pictures('color', names.test, size),
  ]);
  console.log(
    `OpenMoji (CC BY-SA 4.0): ${trainA.length} drawings, ${trainB.length} colour pictures, ${testA.length} pairs kept aside.`,
  );

  const model = new CycleGAN({
    convention: 'pytorch',
    inputShape: [size, size, 3],
    filters,
    residualBlocks: blocks,
    seed,
  });
  const trainer = new CycleGANTrainer(model, { ema: 0.999, epochs: 1000, seed });
  console.log(`Training at ${size} x ${size} pixels, for ${limits(settings)}. Ctrl-C ends it earlier.`);
  const before = performance.now();
  await trainer.fit(trainA, trainB, { callbacks: [stopOnNaN(), progress(settings)] });
  const seconds = (performance.now() - before) / 1000;

  await trainer.withAverages(async () => {
    console.log('Translating the pictures kept aside …');
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
  console.log(`Pictures: ${shown('sheet.png')}   page: ${pathToFileURL(join(out, 'index.html')).href}`);
  console.log(`Model: ${shown('model')}   scores: ${shown('scores.json')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
