/** Leak checks: a test that makes tensors runs inside one of these. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** Runs `body` and fails if it leaves tensors behind. A failure of `body` itself is the one that shows. */
export async function withoutLeaks<T>(body: () => T | Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await body();
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  return result;
}
