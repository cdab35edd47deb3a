/**
 * Writes a sheet with the same images, translated by models of runs of increasing length, for the README:
 *
 *     npm run demo:stages -- docs/images/stages.png runs/80 runs/600 runs/5000
 */
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, type Direction, normalizeImage } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { contactSheet, fileSystem } from 'ts-cyclegan/node';
import { drawn, split, usableNames } from '../src/cli/demo/openmoji.js';
import { scaleFor } from '../src/cli/demo/report.js';

const [sheet, ...runs] = process.argv.slice(2);
if (sheet === undefined || runs.length === 0) {
  console.error('usage: stages.ts <sheet.png> <folder of a run> …, each named by its steps');
  process.exit(2);
}
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const [size, seed] = [64, 1]; // of the demo
const { test } = split(await usableNames(), seed);
const models = await Promise.all(runs.map((run) => CycleGAN.load(fileSystem(join(run, 'model')))));

/** Rows of one direction: the input, its translation by each model, and the true image. */
async function rowsOf(direction: Direction, indices: readonly number[]): Promise<tf.Tensor3D[][]> {
  const image = async (style: 'black' | 'color', index: number) => {
    const levels = await (await drawn(style, test[index]!, size)).raw().toBuffer();
    return tf.tidy(() => normalizeImage(tf.tensor3d(levels, [size, size, 3], 'float32')));
  };
  const [from, to] = direction === 'AtoB' ? (['black', 'color'] as const) : (['color', 'black'] as const);
  return await Promise.all(
    indices.map(async (index) => {
      const input = await image(from, index);
      return [input, ...models.map((model) => model.translate(input, direction)), await image(to, index)];
    }),
  );
}

const rows = [...(await rowsOf('AtoB', [2, 3, 4, 7])), ...(await rowsOf('BtoA', [11, 14]))];
const steps = runs.map((run) => `${Number.parseInt(basename(run))} steps`);
await contactSheet(sheet, rows, { header: ['input', ...steps, 'true image'], scale: scaleFor(size) });
