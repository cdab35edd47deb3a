/**
 * Trains a CycleGAN on two folders of images, on the backend that the first import registers:
 *
 *     npx tsx train.ts horse2zebra/trainA horse2zebra/trainB run
 */
import * as tf from '@tensorflow/tfjs-node-gpu'; // without a GPU '@tensorflow/tfjs-node'; nothing else changes
import { parseArgs } from 'node:util';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
import { fileSystem, imageFolder, writeImage } from 'ts-cyclegan/node';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '256' }, // pixels
    filters: { type: 'string', default: '64' },
    blocks: { type: 'string', default: '9' },
    epochs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const [folderA, folderB, run] = positionals;
if (!folderA || !folderB || !run) {
  console.error(
    'usage: train.ts <folder A> <folder B> <folder for the results> [--size 256] [--epochs 200] …',
  );
  process.exit(2);
}
const size = Number(values.size);
const filters = Number(values.filters);
const epochs = Number(values.epochs);
const seed = Number(values.seed);

await tf.ready();
console.log(`training on ${tf.getBackend()}`);

const model = new CycleGAN({
  convention: 'pytorch',
  inputShape: [size, size, 3],
  filters,
  discriminatorFilters: filters,
  residualBlocks: Number(values.blocks),
  seed,
});
const trainer = new CycleGANTrainer(model, { epochs, seed });
const a = imageFolder(folderA, { convention: 'pytorch', cropSize: size });
const b = imageFolder(folderB, { convention: 'pytorch', cropSize: size });

await trainer.fit(a, b, {
  callbacks: {
    onEpochEnd(epoch, losses) {
      const values = Object.entries(losses).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
      console.log(`epoch ${epoch + 1} of ${epochs}: ${values.join('  ')}`);
    },
  },
});

await model.save(fileSystem(`${run}/model`));
const image = await imageFolder(folderA, { cropSize: size, training: false }).get(0, trainer.random);
await writeImage(`${run}/translated.png`, model.translate(image, 'AtoB'));
console.log(`${run}/model and ${run}/translated.png`);
