/**
 * The same translation in Node: translates an image file with a saved model on WebGPU.
 *
 *     npx tsx translate.ts image.png translated.png [AtoB|BtoA] [folder of the model]
 */
import './dawn.js';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem, readImage, writeImage } from 'ts-cyclegan/node';

const [input, translated, direction = 'AtoB', folder = 'public/model'] = process.argv.slice(2);
if (!input || !translated || (direction !== 'AtoB' && direction !== 'BtoA')) {
  console.error('usage: translate.ts image.png translated.png [AtoB|BtoA] [folder of the model]');
  process.exit(2);
}

await tf.setBackend('webgpu');
const model = await CycleGAN.load(fileSystem(folder));
const image = await readImage(input); // [height, width, 3] in [-1, 1]
await writeImage(translated, model.translate(image, direction, { anySize: true }));
console.log(`${translated}, translated on ${tf.getBackend()}`);
