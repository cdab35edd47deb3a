/** Three training steps of a tiny network on the backend in use, and whether their losses are those of another backend. */
import * as tf from '@tensorflow/tfjs';
import { CycleGANTrainer } from 'ts-cyclegan';
import { expect } from 'vitest';
import { tinyBatch, tinyModel } from '../../support/tiny.js';

export async function threeSteps(): Promise<number[]> {
  const model = tinyModel();
  const trainer = new CycleGANTrainer(model, { seed: 1 });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const [a, b] = [tinyBatch(1, 2 * step + 1), tinyBatch(1, 2 * step + 2)];
    losses.push(...Object.values<number>(await trainer.trainStep(a, b)));
    tf.dispose([a, b]);
  }
  trainer.dispose();
  model.dispose();
  return losses;
}

/** Adam's first steps make more of the rounding of gradients near 0. */
export function expectSameLosses(losses: readonly number[], truth: readonly number[]): void {
  expect(losses).toHaveLength(truth.length);
  losses.forEach((loss, i) => expect(Math.abs(loss / truth[i]! - 1)).toBeLessThan(1e-4));
}
