/** Memory over many steps: whether a long training run ends with more than it began with. */
import * as tf from '@tensorflow/tfjs';
import { makeSubject, type SubjectSettings } from './subject.js';

const POINTS = 20;
/** Growth of resident memory that is tolerated, from a quarter of the steps to their end. */
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
  const resident = new Map<number, number>();
  const points = Array.from({ length: POINTS }, (_, i) => Math.floor(((i + 1) * steps) / POINTS));
  for (let step = 1; step <= steps; step++) {
    await trainer.trainStep(a, b);
    if (!points.includes(step)) continue;
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    resident.set(step, rss);
    print(row([step, MB(rss), MB(heapUsed), MB(arrayBuffers), tf.memory().numTensors]));
  }
  const [quarter, end] = [points[POINTS / 4 - 1]!, steps];
  const growth = resident.get(end)! / resident.get(quarter)! - 1;
  const verdict = growth <= TOLERATED ? 'holds' : 'grows';
  print(`resident memory ${verdict}: ${(growth * 100).toFixed(1)} % from step ${quarter} to step ${end}`);
  trainer.dispose();
  model.dispose();
  tf.dispose([a, b]);
}
