/** A program that a test kills: translates the images of a folder and prints a line for each. */
import { setTimeout } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { CycleGAN } from 'ts-cyclegan';
import { translateFiles } from 'ts-cyclegan/node';

const [folder, out] = process.argv.slice(2) as [string, string];
await tf.setBackend('cpu');
const model = new CycleGAN({
  inputShape: [8, 8, 3],
  filters: 2,
  residualBlocks: 1,
  discriminator: 'pixel',
  seed: 7,
});
const result = await translateFiles(model, folder, {
  direction: 'AtoB',
  out,
  onFile: ({ status }) => void process.stdout.write(`${status}\n`),
});
process.stdout.write(`${JSON.stringify(result)}\n`);
await setTimeout(0);
