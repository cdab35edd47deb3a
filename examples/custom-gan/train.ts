/**
 * A GAN with networks (`networks.ts`) and a loss (`loss.ts`) of one's own learns to draw rings.
 *
 *     npm run train
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { GAN, GANTrainer, type ImageSource, stopOnNaN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem, generatedSheets, generateImages, progressBar, stopOnSignal } from 'ts-cyclegan/node';
import { smoothLoss } from './loss.js';
import { networks } from './networks.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'run' },
    size: { type: 'string', default: '32' }, // pixels, a multiple of 4
    filters: { type: 'string', default: '16' },
    images: { type: 'string', default: '1024' },
    epochs: { type: 'string', default: '20' },
    batch: { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
  },
});
const { out } = values;
const [size, filters, length, epochs, batchSize, seed] = (
  ['size', 'filters', 'images', 'epochs', 'batch', 'seed'] as const
).map((name) => Number(values[name])) as [number, number, number, number, number, number];

registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');

/** Rings of random places and sizes: any object with a length and a function `get` is a source of images. */
const rings: ImageSource = {
  length,
  get: (_, random) => {
    const radius = size * (0.15 + 0.2 * random.uniform());
    const [x, y] = [0, 0].map(() => radius + 1 + (size - 2 * radius - 2) * random.uniform()) as [
      number,
      number,
    ];
    const levels = Float32Array.from({ length: size * size }, (_, i) => {
      const fromLine = Math.abs(Math.hypot((i % size) - x, Math.floor(i / size) - y) - radius);
      return Math.max(-1, 1 - fromLine); // a soft line
    });
    return tf.tensor3d(levels, [size, size, 1]);
  },
};

const model = new GAN(networks({ size, latentSize: 32, filters, seed }));
const trainer = new GANTrainer(model, { loss: smoothLoss, epochs, learningRate: 1e-3, ema: 0.99, seed });
const { history } = await trainer.fit(rings, {
  batchSize,
  callbacks: [stopOnSignal(), stopOnNaN(), progressBar(), generatedSheets(`${out}/samples`)],
});
console.log(JSON.stringify(history));

await trainer.withAverages(async () => {
  await model.save(fileSystem(`${out}/model`));
});
trainer.dispose();
model.dispose();

const trained = await GAN.load(fileSystem(`${out}/model`));
await generateImages(trained, { count: 16, out: `${out}/images`, seed: 1 });
trained.dispose();
console.log(`the model and images are in ${out}/`);
