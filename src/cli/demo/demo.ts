/**
 * The demo: trains on two unpaired sets of real images, line drawings and colour images, as `train` does; then translates the test
 * images, and writes a sheet, scores and a page to the run folder.
 */
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { CycleGAN } from '../../models/cyclegan.js';
import { prepareNetworks, resolveCycleGANOptions } from '../../models/cyclegan-options.js';
import { fileSystem, imageFolder } from '../../node/index.js';
import { readConfig } from '../../node/runs/config.js';
import { exitCodes } from '../exit-codes.js';
import { runInfo } from '../info/run-info.js';
import { startEngine } from '../engine.js';
import type { Given } from '../flags/add-flags.js';
import { print } from '../output.js';
import { createTrainer, disposeTrainer, fit } from '../train/create.js';
import { openData } from '../train/data.js';
import { timer } from '../train/dry-run.js';
import { checkNewRun } from '../train/run-name.js';
import { inFlagWords, settingsOf } from '../train/settings.js';
import { start } from '../train/start.js';
import { evaluate } from './evaluate.js';
import { prepareImages } from './openmoji.js';
import { defaultMinutes, recipe } from './recipe.js';
import { scoreTable, writeReport, writeSheet } from './report.js';

/** The share of the time that steps take; the rest is for samples and checkpoints. */
const shareOfSteps = 0.9;

/** Runs the demo. Returns the exit code. */
export async function demo(flags: ReadonlyMap<string, Given>, test: number): Promise<number> {
  const given = new Map(
    Object.entries(recipe).map(([word, value]): [string, Given] => [word, { value, title: `"${word}"` }]),
  );
  for (const [word, value] of flags) given.set(word, value);
  const numberOf = (word: string) => given.get(word)?.value as number | undefined;

  const out = (given.get('out')?.value as string | undefined) ?? join('runs', 'demo');
  given.set('out', { value: out, title: '--out' });
  if (flags.has('resume')) {
    const resume = new Map([...flags, ['out', given.get('out')!], ['watch', given.get('watch')!]] as const);
    const code = await start(undefined, resume);
    return code === exitCodes.done ? await report(out, test) : code;
  }
  const size = numberOf('size')!;
  const images = resolve(`${out}-images-${size}`);
  given.set('loadSize', { value: size, title: '--size' });
  // all checks come before anything is written
  const { model } = settingsOf(images, given);
  inFlagWords(() => prepareNetworks(resolveCycleGANOptions(model)));
  checkNewRun(out);
  print('Images: OpenMoji (CC BY-SA 4.0), line drawings and colour images.');
  await prepareImages(images, size, numberOf('seed')!);
  if (!given.has('steps')) {
    const minutes = numberOf('minutes') ?? defaultMinutes;
    given.delete('minutes'); // the decay of the learning rate needs a count of steps
    given.set('steps', { value: await stepsFor(images, given, minutes), title: '--steps' });
  }
  const code = await start(images, given);
  if (code === exitCodes.done) return await report(out, test);
  print('Resume the demo with --resume.');
  return code;
}

/** As many steps as fit into a time on this machine. */
async function stepsFor(images: string, given: ReadonlyMap<string, Given>, minutes: number): Promise<number> {
  const settings = settingsOf(images, given);
  const sets = await openData(images, settings.algorithm, settings.images, false);
  await startEngine(settings.own.engine);
  const trainer = createTrainer(settings);
  const clock = timer();
  try {
    await fit(trainer, sets, settings.fit, [clock.callback]);
  } finally {
    disposeTrainer(trainer);
  }
  const steps = Math.max(20, Math.round((shareOfSteps * 60 * minutes) / clock.step / 20) * 20);
  print(
    `A step takes ${Math.round(1000 * clock.step)} ms on this machine: ${steps} steps in ${minutes} minutes.`,
  );
  return steps;
}

/** Scores the model of a run on the test images, and writes the sheet and the page. */
async function report(out: string, test: number): Promise<number> {
  const config = await readConfig('demo', out);
  const model = config.model as {
    inputShape: [number];
    filters: number;
    residualBlocks: number;
    seed: number;
  };
  const { folder } = config.data as { folder: string };
  const [size] = model.inputShape;
  const options = { convention: 'pytorch', training: false, cropSize: size } as const;
  const [testA, testB] = ['testA', 'testB'].map((name) => imageFolder(join(folder, name), options)) as [
    ReturnType<typeof imageFolder>,
    ReturnType<typeof imageFolder>,
  ];
  print('Translating the test images …');
  const { step, seconds } = await runInfo(out);
  const cyclegan = await CycleGAN.load(fileSystem(join(out, 'model')));
  try {
    const count = Math.min(test, testA.length);
    const AtoB = await evaluate(cyclegan, 'AtoB', testA, testB, count);
    const BtoA = await evaluate(cyclegan, 'BtoA', testB, testA, count);
    await writeSheet(join(out, 'sheet.png'), cyclegan, testA, testB, size);
    const settings = {
      size,
      filters: model.filters,
      blocks: model.residualBlocks,
      seed: model.seed,
      test: count,
    };
    const engine = `${tf.getBackend()} (${config.engine}, ts-cyclegan ${config.versions['ts-cyclegan']})`;
    await writeReport(out, { settings, engine, steps: step, seconds, AtoB, BtoA });
    print(`\n${scoreTable(AtoB, BtoA)}\n`);
  } finally {
    cyclegan.dispose();
  }
  const shown = (file: string) => relative('.', join(out, file));
  print(`Images: ${shown('sheet.png')}   page: ${pathToFileURL(resolve(out, 'index.html')).href}`);
  print(`Model: ${shown('model')}   scores: ${shown('scores.json')}`);
  return exitCodes.done;
}
