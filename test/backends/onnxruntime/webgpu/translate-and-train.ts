/** What a tiny CycleGAN gives on the backend in use: a translation, and the losses of three training steps. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';

export interface Outcome {
  translation: number[];
  losses: number[];
  /** Tensors left behind. */
  leaked: number;
}

const image = (seed: number): tf.Tensor4D => tf.randomUniform([1, 32, 32, 3], -1, 1, 'float32', seed);

export async function translateAndTrain(): Promise<Outcome> {
  const before = tf.memory().numTensors;
  const model = new CycleGAN({
    convention: 'pytorch',
    inputShape: [32, 32, 3],
    filters: 4,
    residualBlocks: 1,
    initializerGain: 0.1, // at 0.02 so small a network translates everything to almost 0
    seed: 1,
  });
  const trainer = new CycleGANTrainer(model, { seed: 1 });
  const photo = image(1);
  const translated = model.translate(photo, 'AtoB');
  const translation = [...(await translated.data())];
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const [a, b] = [image(2 * step + 2), image(2 * step + 3)];
    losses.push(...Object.values<number>(await trainer.trainStep(a, b)));
    tf.dispose([a, b]);
  }
  tf.dispose([photo, translated]);
  trainer.dispose();
  model.dispose();
  return { translation, losses, leaked: tf.memory().numTensors - before };
}
