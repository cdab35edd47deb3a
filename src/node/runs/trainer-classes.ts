/** The model and the trainer of each algorithm. */
import { CUT } from '../../models/cut.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { GAN } from '../../models/gan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import { CUTTrainer } from '../../trainer/algorithms/cut/trainer.js';
import { CycleGANTrainer } from '../../trainer/algorithms/cyclegan/trainer.js';
import { GANTrainer } from '../../trainer/algorithms/gan/trainer.js';
import { Pix2PixTrainer } from '../../trainer/algorithms/pix2pix/trainer.js';

/** A trainer of any algorithm. */
export type AnyTrainer = CycleGANTrainer | Pix2PixTrainer | CUTTrainer | GANTrainer;

interface Classes {
  Model: new (options: object) => AnyTrainer['model'];
  Trainer: new (model: AnyTrainer['model'], options: object) => AnyTrainer;
}

/** By the name of the algorithm. The constructors check the options. */
const classes = {
  cyclegan: { Model: CycleGAN, Trainer: CycleGANTrainer },
  pix2pix: { Model: Pix2Pix, Trainer: Pix2PixTrainer },
  cut: { Model: CUT, Trainer: CUTTrainer },
  gan: { Model: GAN, Trainer: GANTrainer },
} as unknown as Record<string, Classes>;

/** Whether models and trainers of an algorithm can be created from options. */
export const isKnown = (algorithm: string): boolean => Object.hasOwn(classes, algorithm);

/** Creates the model and the trainer of an algorithm. If the trainer refuses its options, the model is disposed. */
export function createTrainer(algorithm: string, model: object, trainer: object): AnyTrainer {
  const { Model, Trainer } = classes[algorithm]!;
  const created = new Model(model);
  try {
    return new Trainer(created, trainer);
  } catch (error) {
    created.dispose();
    throw error;
  }
}

/** Frees a trainer and its model. */
export function disposeTrainer(trainer: AnyTrainer): void {
  trainer.dispose();
  trainer.model.dispose();
}
