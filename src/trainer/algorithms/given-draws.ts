/** Random tensors that the caller gives to a step, instead of those that the trainer would draw. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { nearest, optional, satisfying, show } from '../../core/options.js';

/** Schema of the option `draws` of `trainStep`. */
export const drawsEntry = optional(
  satisfying<tf.NamedTensorMap>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'an object of tensors by name',
  ),
);

/**
 * Refuses random tensors that a step does not have.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_SHAPE`
 */
export function checkDraws(
  where: string,
  known: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  given: tf.NamedTensorMap,
  dtype: 'float32' | 'int32' = 'float32',
): void {
  for (const [name, tensor] of Object.entries(given)) {
    if (!Object.hasOwn(known, name)) {
      throw new CycleGANError(
        'UNKNOWN_OPTION',
        `${where}: option "draws" has no "${name}". ${nearest(name, Object.keys(known))}`,
      );
    }
    const { shape } = known[name]!;
    if (tensor instanceof tf.Tensor && !tensor.isDisposed && tf.util.arraysEqual(tensor.shape, [...shape])) {
      if (tensor.dtype === dtype) continue;
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: option "draws.${name}" must be ${dtype}, got ${tensor.dtype}.`,
      );
    }
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: option "draws.${name}" must be a tensor of shape ${show(shape)}, got ` +
        `${tensor instanceof tf.Tensor ? `shape ${show(tensor.shape)}${tensor.isDisposed ? ', disposed' : ''}` : show(tensor)}.`,
    );
  }
}
