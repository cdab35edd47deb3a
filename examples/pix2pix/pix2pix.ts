/**
 * pix2pix (Isola et al. 2017) colours drawings: black outlines of OpenMoji become colour images. The pairs come with an npm
 * package, so there is nothing to download.
 *
 *     npm run train -- --epochs 4
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { Pix2Pix, Pix2PixTrainer, Random, stopOnNaN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { contactSheet, fileSystem, pairSheets, progressBar, stopOnSignal } from 'ts-cyclegan/node';
import { drawings, pairsOf } from './drawings.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'run' },
    size: { type: 'string', default: '64' }, // pixels, a power of two
    filters: { type: 'string', default: '16' },
    epochs: { type: 'string', default: '3' },
    batch: { type: 'string', default: '4' },
    count: { type: 'string', default: 'all' }, // pairs to train on
    seed: { type: 'string', default: '1' },
  },
});
const { out } = values;
const [size, filters, epochs, batchSize, seed] = [
  values.size,
  values.filters,
  values.epochs,
  values.batch,
  values.seed,
].map(Number) as [number, number, number, number, number];

registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');

// --- Pairs: drawings and their true colours; 100 are kept aside -------------------------------------------------------

const names = await drawings(seed);
const count = values.count === 'all' ? names.length - 100 : Number(values.count);
const train = await pairsOf(names.slice(100, 100 + count), { size, training: true });
const test = await pairsOf(names.slice(0, 100), { size, training: false });
console.log(`${train.length} pairs to train on, ${test.length} kept aside, on ${tf.getBackend()}`);

// --- The model of the paper, smaller: a U-Net with dropout, and a discriminator that sees drawing and colours ----------

const model = new Pix2Pix({
  inputShape: [size, size, 1],
  outputChannels: 3,
  levels: Math.log2(size), // down to a single pixel
  filters,
  discriminatorLayers: 2, // patches of 34 × 34 pixels
  seed,
});
const trainer = new Pix2PixTrainer(model, { lambdaL1: 100, learningRate: 8e-4, epochs, ema: 0.995, seed });
const { epoch: epochsDone, history } = await trainer.fit(train, {
  batchSize,
  callbacks: [
    stopOnSignal(), // Ctrl-C ends the training; the model is saved
    stopOnNaN(),
    progressBar(),
    pairSheets(`${out}/samples`, { pairs: test, count: 6 }), // after each epoch
  ],
});
for (const [i, epoch] of epochsDone.entries()) {
  const losses = Object.entries(history).map(([name, values]) => [name, values[i]]);
  console.log(`epoch ${epoch + 1}: ${JSON.stringify(Object.fromEntries(losses))}`);
}

// --- How close are the colours of drawings that the model has not seen? -----------------------------------------------

await trainer.withAverages(async () => {
  await model.save(fileSystem(`${out}/model`));
});
trainer.dispose();
model.dispose();
const trained = await Pix2Pix.load(fileSystem(`${out}/model`));
const rows: tf.Tensor3D[][] = [];
const distances = { drawing: 0, output: 0 };
for (let i = 0; i < test.length; i++) {
  const [input, target] = await test.get(i, new Random(seed));
  const output = trained.translate(input);
  const distance = tf.tidy(() =>
    tf.stack([input, output].map((image) => tf.mean(tf.abs(tf.sub(image, target))))),
  );
  const [drawing, translated] = await distance.data();
  distance.dispose();
  distances.drawing += drawing! / 2 / test.length; // of values from 0 to 1
  distances.output += translated! / 2 / test.length;
  rows.push([input, output, target]);
}
console.log(
  `distance from the true colours: ${distances.output.toFixed(3)}; of the drawing itself: ${distances.drawing.toFixed(3)}`,
);

/** Two pairs side by side in each row. */
const sheet = Array.from({ length: 6 }, (_, i) => [...rows[2 * i]!, ...rows[2 * i + 1]!]);
const header = ['input', 'output', 'truth'];
await contactSheet(`${out}/sheet.png`, sheet, { header: [...header, ...header] });
tf.dispose(rows);
trained.dispose();
console.log(`the sheet and the model are in ${out}/`);
