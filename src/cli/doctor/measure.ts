/** Measures a training step and a translation on the engine in use. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGAN } from '../../models/cyclegan.js';
import { CycleGANTrainer } from '../../trainer/algorithms/cyclegan/trainer.js';

/** The network that is measured. */
export interface Subject {
  size: number;
  filters: number;
  blocks: number;
}

/** Median times in seconds, and the memory of this process after training in bytes. */
export interface Measured extends Subject {
  step: number;
  translation: number;
  memory: number;
}

/** Runs before the clock starts: the first compile, and a translation is compiled once more after four runs. */
const warmUp = { steps: 3, translations: 5 };
const measured = 5;

/** The median time of a few runs, in seconds. */
async function medianOf(run: () => Promise<void>, warmUp: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < warmUp + measured; i++) {
    const before = performance.now();
    await run();
    if (i >= warmUp) times.push((performance.now() - before) / 1000);
  }
  return times.sort((a, b) => a - b)[measured >> 1]!;
}

export async function measure({ size, filters, blocks }: Subject): Promise<Measured> {
  const model = new CycleGAN({ inputShape: [size, size, 3], filters, residualBlocks: blocks, seed: 1 });
  const trainer = new CycleGANTrainer(model, { convention: 'pytorch' });
  const [a, b] = [1, 2].map((seed) => tf.randomUniform<tf.Rank.R3>([size, size, 3], -1, 1, 'float32', seed)) as [tf.Tensor3D, tf.Tensor3D]; // prettier-ignore
  try {
    const step = await medianOf(async () => {
      await trainer.trainStep(a, b);
    }, warmUp.steps);
    const memory = process.memoryUsage.rss();
    const translation = await medianOf(async () => {
      const fake = model.translate(a, 'AtoB');
      await fake.data();
      fake.dispose();
    }, warmUp.translations);
    return { size, filters, blocks, step, translation, memory };
  } finally {
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  }
}
