/** The subject of the measurement: a CycleGAN, its trainer, and a batch of noise. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
import type { Settings } from './settings.js';

export type SubjectSettings = Pick<
  Settings,
  'size' | 'filters' | 'blocks' | 'batch' | 'convention' | 'memory'
>;

export interface Subject {
  model: CycleGAN;
  trainer: CycleGANTrainer;
  /** [batch, size, size, 3], from −1 to 1. */
  a: tf.Tensor4D;
  b: tf.Tensor4D;
  /** Translates `a` and reads the result. */
  translate: () => Promise<void>;
}

/** @param ema the trainer's option `ema` */
export function makeSubject(
  { size, filters, blocks, batch, convention, memory }: SubjectSettings,
  ema = 0,
): Subject {
  const model = new CycleGAN({
    convention,
    inputShape: [size, size, 3],
    filters,
    residualBlocks: blocks,
    seed: 1,
  });
  const trainer = new CycleGANTrainer(model, { seed: 1, ema, ...(memory !== undefined && { memory }) });
  const images = (seed: number) =>
    tf.randomUniform<tf.Rank.R4>([batch, size, size, 3], -1, 1, 'float32', seed);
  const [a, b] = [images(1), images(2)];
  const translate = async () => {
    const fake = model.translate(a, 'AtoB');
    await fake.data();
    fake.dispose();
  };
  return { model, trainer, a, b, translate };
}
