/** Checks that something is refused before anything is allocated, not only freed again. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** Tensors are numbered in the order in which they are made. */
function nextId(): number {
  const tensor = tf.scalar(0);
  tensor.dispose();
  return tensor.id;
}

/** Runs `refused`, which must throw our error with this code and whole message, and make no tensor at all. */
export function expectRefusal(refused: () => unknown, code: string, message: string): void {
  const before = nextId();
  expect(refused).toThrow(expect.objectContaining({ name: 'CycleGANError', message, code }));
  expect(nextId() - before - 1, 'tensors made').toBe(0);
}

/** The same of what is refused by a promise. */
export async function expectRejection(
  refused: () => Promise<unknown>,
  code: string,
  message: string,
): Promise<void> {
  const before = nextId();
  await expect(refused()).rejects.toThrow(expect.objectContaining({ name: 'CycleGANError', message, code }));
  expect(nextId() - before - 1, 'tensors made').toBe(0);
}
