/**
 * Ten GANs that learn to write digits, each with another loss of the table, and a classifier that judges them.
 *
 *     npm run train -- --loss wgan-gp
 *     npm run train -- --all
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { GAN, GANTrainer, ganLosses, type TrainerCallback } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { contactSheet, fileSystem } from 'ts-cyclegan/node';
import { Classifier, type Judgement } from './classifier.js';
import { type Digits, loadDigits } from './digits.js';
import { losses, recipes, type ZooLoss } from './zoo.js';

const { values } = parseArgs({
  options: {
    loss: { type: 'string', multiple: true, default: ['gan'] },
    all: { type: 'boolean', default: false }, // all ten; those that are in the folder already are loaded
    out: { type: 'string', default: 'run' },
    epochs: { type: 'string' }, // instead of those of zoo.ts
    filters: { type: 'string' },
    'per-class': { type: 'string', default: '1000' }, // digits to train on
    samples: { type: 'string', default: '1000' }, // that are judged
    seed: { type: 'string', default: '1' },
  },
});
const { out } = values;
const [seed, samples] = [Number(values.seed), Number(values.samples)];
const unknown = values.loss.find((loss) => !(losses as readonly string[]).includes(loss));
if (unknown !== undefined) throw new Error(`--loss must be one of ${losses.join(', ')}, got ${unknown}.`);
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');

const hasClasses = (model: GAN): boolean => ['cgan', 'acgan'].includes(model.loss);
const folderOf = (loss: ZooLoss) => `${out}/${loss}`;

/** Images of the classes 0 to 9 in turn, if the model is asked for classes. */
function generate(model: GAN, count: number): { images: tf.Tensor4D; asked?: number[] } {
  const asked = Array.from({ length: count }, (_, i) => i % 10);
  const { classes } = model.structure.latent; // of infogan, categories that it has found itself
  const images = model.generate({ count, seed: 1, ...(classes > 0 && { labels: asked }) });
  return { images, ...(hasClasses(model) && { asked }) };
}

/** Writes ten columns of samples; always of the same noise. */
async function sheet(model: GAN, file: string): Promise<void> {
  const { images } = generate(model, 50);
  const list = tf.unstack(images) as tf.Tensor3D[];
  const rows = Array.from({ length: 5 }, (_, row) => list.slice(10 * row, 10 * row + 10));
  await contactSheet(file, rows, { scale: 2 });
  tf.dispose([images, list]);
}

/** Trains a GAN with one loss, and writes samples after each epoch. */
async function train(loss: ZooLoss, digits: Digits): Promise<GAN> {
  const recipe = recipes[loss];
  const epochs = Number(values.epochs ?? recipe.epochs);
  const model = new GAN({
    loss,
    latentSize: 64,
    seed,
    ...recipe.model,
    filters: Number(values.filters ?? recipe.model?.filters ?? 16),
  });
  const trainer = new GANTrainer(model, { epochs, seed, ...recipe.trainer });
  const watch: TrainerCallback = {
    async onEpochEnd(epoch, logs) {
      const shown = Object.entries(logs).filter(([name]) => !/_\d+$|learningRate/.test(name));
      console.log(
        `${loss} epoch ${epoch + 1}: ${shown.map(([name, x]) => `${name} ${x?.toFixed(3)}`).join(', ')}`,
      );
      await sheet(model, `${folderOf(loss)}/epoch_${String(epoch + 1).padStart(2, '0')}.png`);
    },
  };
  await trainer.fit(digits, {
    batchSize: 32,
    callbacks: watch,
    ...(hasClasses(model) && { labels: digits.labels }),
  });
  trainer.dispose();
  await model.save(fileSystem(folderOf(loss)));
  return model;
}

const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(1)} %`);
const row = (name: string, { confidence, classes, asked }: Judgement) =>
  `| ${name} | ${percent(confidence)} | ${classes} | ${percent(asked)} |`;

const { training, test } = loadDigits(Number(values['per-class']));
const classifier = await Classifier.open(`${out}/classifier`, training, test, { epochs: 5, seed });
console.log(
  `${training.length} digits; a classifier is right about ${percent(classifier.accuracy)} of ${test.length} others`,
);

const table = ['| loss | confidence | classes | as asked |', '| --- | --- | --- | --- |'];
const columns: tf.Tensor3D[][] = [];
for (const loss of values.all ? losses : (values.loss as ZooLoss[])) {
  const isTrained = values.all && existsSync(`${folderOf(loss)}/model.json`);
  const model = isTrained ? await GAN.load(fileSystem(folderOf(loss))) : await train(loss, training);
  const { images, asked } = generate(model, samples);
  table.push(row(ganLosses[loss].title, await classifier.judge(images, asked)));
  const first = tf.slice(images, 0, Math.min(10, samples));
  columns.push(tf.unstack(first) as tf.Tensor3D[]);
  tf.dispose([images, first]);
  model.dispose();
}
table.push(row('real digits', classifier.ofReal));
console.log(table.join('\n'));
if (values.all) {
  const rows = columns[0]!.map((_, i) => columns.map((column) => column[i]!));
  await contactSheet(`${out}/all.png`, rows, {
    scale: 2,
    header: losses.map((loss) => ganLosses[loss].title),
  });
}
tf.dispose(columns);
classifier.dispose();
console.log(`samples and models are in ${out}/`);
