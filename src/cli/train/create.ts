/** Creates the model and the trainer of a new run, and trains any of them. */
import { type AnyTrainer, createTrainer as create, disposeTrainer } from '../../node/runs/trainer-classes.js';
import type { CUTTrainer } from '../../trainer/algorithms/cut/trainer.js';
import type { CycleGANTrainer } from '../../trainer/algorithms/cyclegan/trainer.js';
import type { GANTrainer } from '../../trainer/algorithms/gan/trainer.js';
import type { Pix2PixTrainer } from '../../trainer/algorithms/pix2pix/trainer.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import type { Images } from './data.js';
import { inFlagWords, type Settings } from './settings.js';

export { disposeTrainer };

/**
 * Creates model and trainer from checked settings.
 *
 * @throws CycleGANError with the words of the command line
 */
export const createTrainer = ({ algorithm, model, trainer }: Settings): AnyTrainer =>
  inFlagWords(() => create(algorithm, model, trainer));

/** Trains on the images. */
export async function fit(
  trainer: AnyTrainer,
  images: Images,
  options: Record<string, unknown>,
  callbacks: TrainerCallback[],
): Promise<void> {
  const all = { ...options, callbacks } as object;
  if (images.algorithm === 'cyclegan') await (trainer as CycleGANTrainer).fit(images.a, images.b, all);
  else if (images.algorithm === 'cut') await (trainer as CUTTrainer).fit(images.a, images.b, all);
  else if (images.algorithm === 'pix2pix') await (trainer as Pix2PixTrainer).fit(images.pairs, all);
  else {
    const { labels } = images;
    await (trainer as GANTrainer).fit(images.images, { ...all, ...(labels !== undefined && { labels }) });
  }
}
