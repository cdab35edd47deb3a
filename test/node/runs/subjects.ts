/** A tiny run of each algorithm: how it begins, and how it goes on with a trainer that was resumed. */
import type * as tf from '@tensorflow/tfjs';
import { CycleGAN, CycleGANTrainer, GAN, GANTrainer, type ImageSource, Pix2Pix, Pix2PixTrainer } from 'ts-cyclegan'; // prettier-ignore
import type { TrainerCallback } from 'ts-cyclegan';
import type { AnyTrainer, RunSamples } from 'ts-cyclegan/node';
import { scattered } from '../../support/finite-differences.js';

/** A set of images that are made anew at each read. */
const source = (count: number, seed: number, [h, w, c]: [number, number, number]): ImageSource => ({
  length: count,
  get: (i) => scattered([h, w, c], 100 * seed + i) as tf.Tensor3D,
});

export interface Subject {
  create(): AnyTrainer;
  fit(trainer: AnyTrainer, callbacks: TrainerCallback[]): Promise<unknown>;
  samples: RunSamples;
  /** Steps of the whole run. */
  steps: number;
}

const [A, B] = [source(5, 1, [8, 8, 3]), source(4, 2, [8, 8, 3])];
const [drawings, paintings] = [source(4, 3, [8, 8, 1]), source(4, 4, [8, 8, 3])];
const digits = source(9, 5, [8, 8, 1]);

export const tinyCycleGAN = (): CycleGAN =>
  new CycleGAN({
    convention: 'pytorch', inputShape: [8, 8, 3], filters: 2, residualBlocks: 1, discriminator: 'pixel', initializerGain: 0.2, seed: 7,
  }); // prettier-ignore

export const subjects: Record<'cyclegan' | 'pix2pix' | 'gan', Subject> = {
  cyclegan: {
    create: () => new CycleGANTrainer(tinyCycleGAN(), { epochs: 3, poolSize: 3, ema: 0.9 }),
    fit: (trainer, callbacks) => (trainer as CycleGANTrainer).fit(A, B, { callbacks }),
    samples: { A, B, count: 2 },
    steps: 15,
  },
  pix2pix: {
    create() {
      const model = new Pix2Pix({
        inputShape: [8, 8, 1], outputChannels: 3, generator: 'resnet', filters: 2, residualBlocks: 1, discriminator: 'pixel', initializerGain: 0.2, seed: 7,
      }); // prettier-ignore
      return new Pix2PixTrainer(model, { epochs: 3 });
    },
    fit: (trainer, callbacks) => (trainer as Pix2PixTrainer).fit(drawings, paintings, { callbacks }),
    samples: {
      pairs: {
        pairs: true,
        length: 2,
        get: async (i, random) => [await drawings.get(i, random), await paintings.get(i, random)],
      },
    },
    steps: 12,
  },
  gan: {
    create() {
      const model = new GAN({ loss: 'wgan-gp', imageShape: [8, 8, 1], filters: 2, latentSize: 4, seed: 7 });
      return new GANTrainer(model, { epochs: 4, criticSteps: 2, ema: 0.9 });
    },
    fit: (trainer, callbacks) => (trainer as GANTrainer).fit(digits, { batchSize: 2, callbacks }),
    samples: { count: 5 },
    steps: 8,
  },
};

export const disposeOf = (trainer: AnyTrainer): void => {
  trainer.dispose();
  trainer.model.dispose();
};

/** All weights of all networks. */
export async function weightsOf({ model }: AnyTrainer): Promise<Record<string, number[]>> {
  const entries = await Promise.all(
    Object.entries(model.networks).map(async ([name, network]) => {
      const arrays = await Promise.all(network.getWeights().map((weight) => weight.data()));
      return [name, arrays.flatMap((array) => Array.from(array))] as const;
    }),
  );
  return Object.fromEntries(entries);
}
