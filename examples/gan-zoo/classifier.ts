/** A small classifier of digits, trained here, that judges what a GAN makes. */
import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { Random } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';
import type { Digits } from './digits.js';

/** What the classifier says of images. */
export interface Judgement {
  /** Mean probability of the most probable class: how much images look like digits. */
  confidence: number;
  /** How many of the ten classes at least 1 % of the images are taken for. */
  classes: number;
  /** Share of images that are taken for the class that was asked for. */
  asked?: number;
}

/** [n, 28, 28, 1] to ten logits. */
function build(seed: number): tf.LayersModel {
  const random = new Random(seed);
  const kernelInitializer = () => tf.initializers.heNormal({ seed: random.seed() });
  const conv = { kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' } as const;
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...conv,
        filters: 16,
        inputShape: [28, 28, 1],
        kernelInitializer: kernelInitializer(),
      }),
      tf.layers.conv2d({ ...conv, filters: 32, kernelInitializer: kernelInitializer() }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 64, activation: 'relu', kernelInitializer: kernelInitializer() }),
      tf.layers.dense({ units: 10, kernelInitializer: kernelInitializer() }),
    ],
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** The probabilities that a classifier gives, as one row for each image. */
async function probabilities(network: tf.LayersModel, images: tf.Tensor4D): Promise<number[][]> {
  const rows = tf.tidy(() => tf.softmax(network.apply(images) as tf.Tensor2D));
  const values = await rows.array();
  rows.dispose();
  return values;
}

const classOf = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;

export class Classifier {
  private constructor(
    private readonly network: tf.LayersModel,
    /** Share of the digits kept aside that it classifies correctly. */
    readonly accuracy: number,
    /** What it says of these. */
    readonly ofReal: Judgement,
  ) {}

  /** The classifier in a folder, tried on digits that it has not seen; trains it and saves it there if there is none. */
  static async open(
    folder: string,
    training: Digits,
    test: Digits,
    options: { epochs: number; seed: number },
  ): Promise<Classifier> {
    const isThere = existsSync(`${folder}/model.json`);
    const network = isThere ? await tf.loadLayersModel(fileSystem(folder)) : train(training, options);
    if (!isThere) await network.save(fileSystem(folder));
    const images = test.batch(range(0, test.length));
    const rows = await probabilities(network, images);
    images.dispose();
    const ofReal = judgementOf(rows, test.labels);
    return new Classifier(network, ofReal.asked!, ofReal);
  }

  /** @param asked the class that each image should be of */
  async judge(images: tf.Tensor4D, asked?: readonly number[]): Promise<Judgement> {
    return judgementOf(await probabilities(this.network, images), asked);
  }

  dispose(): void {
    this.network.dispose();
  }
}

function train(training: Digits, { epochs, seed }: { epochs: number; seed: number }): tf.LayersModel {
  const network = build(seed);
  const random = new Random(seed);
  const optimizer = tf.train.adam(1e-3);
  const batchSize = 32;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(training.length);
    for (let i = 0; i + batchSize <= order.length; i += batchSize) {
      const indices = order.slice(i, i + batchSize);
      tf.tidy(() => {
        const labels = tf.oneHot(
          indices.map((index) => training.labels[index]!),
          10,
        );
        const images = training.batch(indices);
        optimizer.minimize(() =>
          tf.losses.softmaxCrossEntropy(labels, network.apply(images, { training: true }) as tf.Tensor),
        );
      });
    }
  }
  optimizer.dispose();
  return network;
}

function judgementOf(rows: readonly number[][], asked: readonly number[] | undefined): Judgement {
  const found = rows.map(classOf);
  const share = (digit: number) => found.filter((one) => one === digit).length / rows.length;
  return {
    confidence: mean(rows.map((row) => Math.max(...row))),
    classes: range(0, 10).filter((digit) => share(digit) >= 0.01).length,
    ...(asked && { asked: mean(found.map((digit, i) => (digit === asked[i] ? 1 : 0))) }),
  };
}
