/** Leak checks: a test that makes tensors runs inside one of these. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** Runs `body` and fails if it leaves tensors behind, also when it throws. */
export async function withoutLeaks<T>(body: () => T | Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  try {
    return await body();
  } finally {
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  }
}
