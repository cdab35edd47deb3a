/** Time and memory of translating one large image, as a whole or in tiles. Run one process for each, because memory is its peak. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, translateImage } from 'ts-cyclegan';
import type { Settings } from './settings.js';

/** Translates an image of noise `steps` times after `warmup`, and prints the times and the peak of the process' memory. */
export async function largeImage(
  { size, filters, blocks, convention, steps, warmup }: Settings,
  tile: NonNullable<Settings['tile']>,
  print: (line: string) => void,
): Promise<void> {
  const model = new CycleGAN({ convention, filters, residualBlocks: blocks, seed: 1 });
  const image = tf.randomUniform<tf.Rank.R3>([size, size, 3], -1, 1, 'float32', 1);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < warmup + steps; i++) {
    const start = performance.now();
    const translated = await translateImage(model, image, 'AtoB', { tile });
    await translated.data();
    translated.dispose();
    if (i >= warmup) print(`translate ${Math.round(performance.now() - start)} ms`);
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  const [atStart, atPeak] = [before, peak].map((bytes) => Math.round(bytes / 1e6));
  print(
    `${size} px, ${filters} filters, ${blocks} blocks, tile ${tile}: ${atPeak} MB at the peak, ${atStart} MB before`,
  );
}
