/** Checks of shapes for all losses. They run before anything is allocated. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

/**
 * @param where the function, for the message
 * @param tensors two tensors by name
 * @param advice a sentence that names a remedy
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function requireSameShape(where: string, tensors: Record<string, tf.Tensor>, advice: string): void {
  const names = Object.keys(tensors);
  const [first, second] = Object.values(tensors).map(({ shape }) => shape);
  if (tf.util.arraysEqual(first!, second!)) return;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `${where}: ${names.join(' and ')} must have the same shape, got ${show(first)} and ${show(second)}. ${advice}`,
  );
}

/**
 * @param where the function, for the message
 * @param name the argument
 * @param expected the shape that `fits` accepts, in words
 * @throws CycleGANError `INVALID_SHAPE`
 */
export function requireShape(
  where: string,
  name: string,
  { shape }: tf.Tensor,
  expected: string,
  fits: (shape: readonly number[]) => boolean,
): void {
  if (fits(shape)) return;
  throw new CycleGANError('INVALID_SHAPE', `${where}: ${name} must be ${expected}, got ${show(shape)}.`);
}
