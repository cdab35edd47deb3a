/** Checks whether memory grows over many training steps. */
import * as tf from '@tensorflow/tfjs';
import { makeSubject, type SubjectSettings } from './subject.js';

const POINTS = 20;
/** Tolerated growth of the mean resident memory, from the second quarter of the steps to the last. */
const TOLERATED = 0.03;

/** Runs steps with image pools and averages, and prints memory as it goes. */
export async function soak(
  settings: SubjectSettings,
  steps: number,
  print: (line: string) => void,
): Promise<void> {
  const { model, trainer, a, b } = makeSubject(settings, 0.999);
  const row = (cells: readonly (string | number)[]) =>
    cells.map((cell) => String(cell).padStart(12)).join('');
  const MB = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  print(row(['step', 'resident', 'heap', 'buffers', 'tensors']));
  // single values mean little: garbage is collected every few thousand steps
  const means: number[] = [];
  let [sum, count] = [0, 0];
  const points = Array.from({ length: POINTS }, (_, i) => Math.floor(((i + 1) * steps) / POINTS));
  for (let step = 1; step <= steps; step++) {
    await trainer.trainStep(a, b);
    sum += process.memoryUsage.rss();
    count++;
    if (!points.includes(step)) continue;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    means.push(sum / count);
    [sum, count] = [0, 0];
    print(row([step, MB(means.at(-1)!), MB(heapUsed), MB(arrayBuffers), tf.memory().numTensors]));
  }
  const quarter = (i: number) =>
    means.slice((i * POINTS) / 4, ((i + 1) * POINTS) / 4).reduce((total, mean) => total + mean, 0);
  const growth = quarter(3) / quarter(1) - 1;
  const verdict = growth <= TOLERATED ? 'holds' : 'grows';
  print(
    `resident memory ${verdict}: ${(growth * 100).toFixed(1)} % from the second quarter of the steps to the last`,
  );
  trainer.dispose();
  model.dispose();
  tf.dispose([a, b]);
}
