/** Creates the model and the trainer of a new run, and trains any of them. */
import { CycleGAN } from '../../models/cyclegan.js';
import { GAN } from '../../models/gan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import { CycleGANTrainer } from '../../trainer/algorithms/cyclegan/trainer.js';
import { GANTrainer } from '../../trainer/algorithms/gan/trainer.js';
import { Pix2PixTrainer } from '../../trainer/algorithms/pix2pix/trainer.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import type { Images } from './data.js';
import { inFlagWords, type Settings } from './settings.js';

/** A trainer of any algorithm. */
export type AnyTrainer = CycleGANTrainer | Pix2PixTrainer | GANTrainer;

const classes = {
  cyclegan: { Model: CycleGAN, Trainer: CycleGANTrainer },
  pix2pix: { Model: Pix2Pix, Trainer: Pix2PixTrainer },
  gan: { Model: GAN, Trainer: GANTrainer },
} as const;

/**
 * Creates model and trainer from checked settings.
 *
 * @throws CycleGANError with the words of the command line
 */
export function createTrainer({ algorithm, model: options, trainer }: Settings): AnyTrainer {
  const { Model, Trainer } = classes[algorithm] as {
    Model: new (options: object) => AnyTrainer['model'];
    Trainer: new (model: AnyTrainer['model'], options: object) => AnyTrainer;
  };
  return inFlagWords(() => {
    const model = new Model(options);
    try {
      return new Trainer(model, trainer);
    } catch (error) {
      model.dispose();
      throw error;
    }
  });
}

/** Frees a trainer and its model. */
export function disposeTrainer(trainer: AnyTrainer): void {
  trainer.dispose();
  trainer.model.dispose();
}

/** Trains on the images. */
export async function fit(
  trainer: AnyTrainer,
  images: Images,
  options: Record<string, unknown>,
  callbacks: TrainerCallback[],
): Promise<void> {
  const all = { ...options, callbacks } as object;
  if (images.algorithm === 'cyclegan') await (trainer as CycleGANTrainer).fit(images.a, images.b, all);
  else if (images.algorithm === 'pix2pix') await (trainer as Pix2PixTrainer).fit(images.pairs, all);
  else {
    const { labels } = images;
    await (trainer as GANTrainer).fit(images.images, { ...all, ...(labels !== undefined && { labels }) });
  }
}
