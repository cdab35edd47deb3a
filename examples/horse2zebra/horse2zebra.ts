/**
 * The CycleGAN example of keras.io (A_K_Nain, 2020) in TypeScript, part by part: horses become zebras, and zebras horses.
 * Functions have the names of the Keras program, so you can compare the two.
 *
 *     npm run data
 *     npm run train -- --data horse2zebra --size 64 --filters 16 --blocks 3
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import {
  CycleGAN,
  CycleGANTrainer,
  downsample,
  InstanceNormalization,
  LeakyReLU,
  type CycleGANLosses,
  Random,
  ReflectionPadding2D,
  residualBlock,
  sampleImages,
  type TrainerCallback,
  upsample,
} from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { contactSheet, fileSystem, imageFolder, writeImage } from 'ts-cyclegan/node';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'horse2zebra' }, // with trainA, trainB, testA, testB
    out: { type: 'string', default: 'run' },
    size: { type: 'string', default: '256' }, // pixels
    filters: { type: 'string', default: '64' },
    blocks: { type: 'string', default: '9' }, // residual blocks
    epochs: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const { data, out } = values;
const size = Number(values.size);
const filters = Number(values.filters);
const epochs = Number(values.epochs);
const random = new Random(Number(values.seed)); // the source of everything random
if (!existsSync(`${data}/trainA`)) {
  console.error(`There is no folder ${data}/trainA. To download the dataset (117 MB), run:
  npx ts-cyclegan datasets download horse2zebra`);
  process.exit(1);
}
// The backend. For another one, such as @tensorflow/tfjs-node-gpu, change these two lines and the imports.
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');

// --- Prepare the data set ---------------------------------------------------------------------------------------------

/** Size of training images before the crop: 286 for 256. */
const origImgSize = Math.round((size * 286) / 256);
/** Size of the random crops. */
const inputImgSize: [number, number, number] = [size, size, 3];

// Initial weights: normal, standard deviation 0.02. tfjs draws the same values from the same seed, so each weight gets an
// initializer of its own.
const kernelInit = () => tf.initializers.randomNormal({ mean: 0, stddev: 0.02, seed: random.seed() });
const gammaInit = () => tf.initializers.randomNormal({ mean: 0, stddev: 0.02, seed: random.seed() });

// `preprocess_train_image`: random flip, bilinear resize, random crop, levels to [-1, 1]. It runs each time an image is read. In the
// Keras program, `.cache()` follows it and keeps the crops of the first epoch.
const preprocessTrainImage = { convention: 'keras', loadSize: origImgSize, cropSize: size } as const;
// `preprocess_test_image`: only the resize and the levels.
const preprocessTestImage = { convention: 'keras', training: false, cropSize: size } as const;

const trainHorses = imageFolder(`${data}/trainA`, preprocessTrainImage);
const trainZebras = imageFolder(`${data}/trainB`, preprocessTrainImage);
const testHorses = imageFolder(`${data}/testA`, preprocessTestImage);
const testZebras = imageFolder(`${data}/testB`, preprocessTestImage);
console.log(`${trainHorses.length} horses and ${trainZebras.length} zebras, on ${tf.getBackend()}`);

/** The first `count` images of a folder as one batch [count, size, size, 3]. */
async function take(folder: typeof testHorses, count: number): Promise<tf.Tensor4D> {
  const indices = Array.from({ length: Math.min(count, folder.length) }, (_, i) => i);
  const images = await Promise.all(indices.map((i) => folder.get(i, random)));
  const batch = tf.stack(images) as tf.Tensor4D;
  tf.dispose(images);
  return batch;
}

// --- Build the generators ---------------------------------------------------------------------------------------------

const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;

/** c7s1-64, d128, d256, nine R256, u128, u64, c7s1-3, as the paper writes it; 11,383,427 parameters. */
function getResnetGenerator(name: string, numResidualBlocks: number): tf.LayersModel {
  const [numDownsamplingBlocks, numUpsampleBlocks] = [2, 2];
  // the defaults of Keras, but seeded
  const initializers = { kernelInitializer: kernelInit, gammaInitializer: gammaInit };
  const activation = tf.layers.reLU; // creates a new layer in each place
  let width = filters;

  const imgInput = tf.input({ shape: inputImgSize, name: `${name}_img_input` });
  let x = apply(new ReflectionPadding2D({ padding: [3, 3] }), imgInput);
  x = apply(
    tf.layers.conv2d({ filters: width, kernelSize: 7, kernelInitializer: kernelInit(), useBias: false }),
    x,
  );
  x = apply(new InstanceNormalization({ gammaInitializer: gammaInit() }), x);
  x = apply(activation(), x);

  for (let i = 0; i < numDownsamplingBlocks; i++) {
    width *= 2;
    x = downsample(x, { filters: width, activation, ...initializers });
  }
  for (let i = 0; i < numResidualBlocks; i++) {
    x = residualBlock(x, { activation, ...initializers });
  }
  for (let i = 0; i < numUpsampleBlocks; i++) {
    width /= 2;
    x = upsample(x, { filters: width, activation, ...initializers });
  }

  x = apply(new ReflectionPadding2D({ padding: [3, 3] }), x);
  const last = tf.initializers.glorotUniform({ seed: random.seed() }); // the default of Keras, as the Keras program names none here
  x = apply(tf.layers.conv2d({ filters: 3, kernelSize: 7, kernelInitializer: last }), x);
  x = apply(tf.layers.activation({ activation: 'tanh' }), x);
  return tf.model({ inputs: imgInput, outputs: x, name });
}

// --- Build the discriminators -----------------------------------------------------------------------------------------

/** C64, C128, C256, C512 and a last convolution: one value for each patch of 70 × 70 pixels; 2,765,633 parameters. */
function getDiscriminator(name: string): tf.LayersModel {
  const activation = (args: { name?: string }) => new LeakyReLU({ alpha: 0.2, ...args });
  const shared = { kernelSize: 4, kernelInitializer: kernelInit, gammaInitializer: gammaInit, activation };
  const conv = { kernelSize: 4, padding: 'same' } as const;

  const imgInput = tf.input({ shape: inputImgSize, name: `${name}_img_input` });
  let x = apply(
    tf.layers.conv2d({ ...conv, filters, strides: 2, kernelInitializer: kernelInit() }),
    imgInput,
  );
  x = apply(activation({}), x);
  x = downsample(x, { ...shared, filters: 2 * filters });
  x = downsample(x, { ...shared, filters: 4 * filters });
  x = downsample(x, { ...shared, filters: 8 * filters, strides: 1 });
  x = apply(tf.layers.conv2d({ ...conv, filters: 1, kernelInitializer: kernelInit() }), x);
  return tf.model({ inputs: imgInput, outputs: x, name });
}

const generatorG = getResnetGenerator('generator_G', Number(values.blocks)); // horse → zebra
const generatorF = getResnetGenerator('generator_F', Number(values.blocks)); // zebra → horse
const discriminatorX = getDiscriminator('discriminator_X'); // is it a horse?
const discriminatorY = getDiscriminator('discriminator_Y'); // is it a zebra?

// --- Build the CycleGAN model -----------------------------------------------------------------------------------------

const model = new CycleGAN({ generatorG, generatorF, discriminatorX, discriminatorY });

// `compile`. The convention 'keras' is the Keras program's `train_step`. A generator learns from its discriminator, the cycle that
// it closes and the identity loss. A discriminator learns from half the mean squared errors on real images and fakes.
// The Keras program has four Adam optimizers. Adam updates each weight independently, and all four have the same learning rate
// and step at the same time, so two optimizers (generators, discriminators) compute the same.
const trainer = new CycleGANTrainer(model, {
  convention: 'keras',
  adversarial: 'lsgan', // `generator_loss_fn`, `discriminator_loss_fn`
  lambdaA: 10, // `lambda_cycle`
  lambdaB: 10,
  lambdaIdentity: 0.5,
  learningRate: 2e-4,
  beta1: 0.5,
  epochs,
  seed: random.seed(),
});

// --- Callbacks --------------------------------------------------------------------------------------------------------

const titles = ['Input image', 'Translated image', 'And back'];

/** `GANMonitor`: translates four test images after each epoch. */
const images = { A: await take(testHorses, 4), B: await take(testZebras, 4) };
const ganMonitor = sampleImages({
  images,
  async onSample({ real_A, fake_B, rec_A, real_B, fake_A, rec_B }, { epoch }) {
    for (const [i, image] of tf.unstack(fake_B!).entries()) {
      await writeImage(`${out}/generated_img_${i}_${epoch}.png`, image as tf.Tensor3D);
      image.dispose();
    }
    const columns = [real_A!, fake_B!, rec_A!].map((batch) => tf.unstack(batch) as tf.Tensor3D[]);
    const back = [real_B!, fake_A!, rec_B!].map((batch) => tf.unstack(batch) as tf.Tensor3D[]);
    const rows = [columns, back].flatMap(([input, fake, cycle]) =>
      input!.map((image, i) => [image, fake![i]!, cycle![i]!]),
    );
    await contactSheet(`${out}/epoch_${epoch}.png`, rows, { header: titles });
    tf.dispose(rows);
  },
});

/** `ModelCheckpoint`: saves all four networks after each epoch. */
const checkpoint = (epoch: number) => `${out}/model_checkpoints/${String(epoch).padStart(3, '0')}`;
const modelCheckpoint: TrainerCallback = {
  async onEpochEnd(epoch) {
    await model.save(fileSystem(checkpoint(epoch + 1)));
  },
};

/** The losses under the Keras program's names. The library's names are those of the PyTorch program. */
const kerasNames = ({ G_A, cycle_B, idt_A, G_B, cycle_A, idt_B, D_A, D_B }: CycleGANLosses) => ({
  G_loss: G_A + cycle_B + idt_A,
  F_loss: G_B + cycle_A + idt_B,
  D_X_loss: D_B,
  D_Y_loss: D_A,
});

const progress: TrainerCallback<CycleGANLosses> = {
  onStepEnd(step, losses) {
    if (step % 100 === 0) console.log(`step ${step}: ${JSON.stringify(kerasNames(losses))}`);
  },
  onEpochEnd(epoch, logs) {
    console.log(`epoch ${epoch + 1}: ${JSON.stringify(kerasNames(logs))}`);
  },
};

// --- Train the end-to-end model ---------------------------------------------------------------------------------------

// An epoch has as many steps as the smaller folder has images, like `tf.data.Dataset.zip`.
await trainer.fit(trainHorses, trainZebras, { callbacks: [ganMonitor, modelCheckpoint, progress] });
trainer.dispose();
tf.dispose(images);

// --- Test the performance of the model --------------------------------------------------------------------------------

const trained = await CycleGAN.load(fileSystem(checkpoint(epochs)));
const horses = await take(testHorses, 4);
const zebras = trained.translate(horses, 'AtoB');
const inputs = tf.unstack(horses) as tf.Tensor3D[];
const predictions = tf.unstack(zebras) as tf.Tensor3D[];
for (const [i, prediction] of predictions.entries()) {
  await writeImage(`${out}/predicted_img_${i}.png`, prediction);
}
await contactSheet(
  `${out}/predictions.png`,
  inputs.map((input, i) => [input, predictions[i]!]),
  { header: titles.slice(0, 2) },
);
tf.dispose([horses, zebras, inputs, predictions]);
trained.dispose();
console.log(`images and models are in ${out}/`);
