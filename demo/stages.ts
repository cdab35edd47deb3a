/**
 * Writes a sheet with the same images, translated by models of runs of increasing length, for the README:
 *
 *     npm run demo:stages -- docs/images/stages.png runs/80 runs/600 runs/5000
 */
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, type Direction, Random } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { contactSheet, fileSystem } from 'ts-cyclegan/node';
import { images, split, usableNames } from './openmoji.js';
import { scaleFor } from './report.js';
import { settingsFrom } from './settings.js';

const [sheet, ...runs] = process.argv.slice(2);
if (sheet === undefined || runs.length === 0) {
  console.error('usage: stages.ts <sheet.png> <folder of a run> …, each named by its steps');
  process.exit(2);
}
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const { size, seed } = settingsFrom([]);
const { test } = split(await usableNames(), seed);
const models = await Promise.all(runs.map((run) => CycleGAN.load(fileSystem(join(run, 'model')))));

/** Rows of one direction: the input, its translation by each model, and the true image. */
async function rowsOf(direction: Direction, indices: readonly number[]): Promise<tf.Tensor3D[][]> {
  const names = indices.map((index) => test[index]!);
  const [black, color] = await Promise.all([images('black', names, size), images('color', names, size)]);
  const [from, to] = direction === 'AtoB' ? [black, color] : [color, black];
  const random = new Random(0); // not used
  return await Promise.all(
    names.map(async (_, i) => {
      const input = await from.get(i, random);
      return [input, ...models.map((model) => model.translate(input, direction)), await to.get(i, random)];
    }),
  );
}

const rows = [...(await rowsOf('AtoB', [2, 3, 4, 7])), ...(await rowsOf('BtoA', [11, 14]))];
const steps = runs.map((run) => `${Number.parseInt(basename(run))} steps`);
await contactSheet(sheet, rows, { header: ['input', ...steps, 'true image'], scale: scaleFor(size) });
