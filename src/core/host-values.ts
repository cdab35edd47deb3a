/** Reads the values of tensors that are already in main memory, without a computation or a transfer. */
import * as tf from '@tensorflow/tfjs-core';

/** An optional method of backends. */
interface WithHostValues {
  /** All values, or the one value that all elements have; undefined if they have to be computed or fetched first. */
  hostValues(dataId: object): ArrayLike<number> | undefined;
}

/**
 * The values of a float32 tensor, or the one value that all elements have; undefined if they are not in main memory. Do not
 * modify them.
 */
export function hostValues(t: tf.Tensor): ArrayLike<number> | undefined {
  const backend = tf.backend() as tf.KernelBackend & Partial<WithHostValues>;
  if (backend.hostValues !== undefined) return backend.hostValues(t.dataId);
  // the cpu backend of tfjs computes immediately, and reading returns its own array
  return tf.getBackend() === 'cpu' && backend.refCount(t.dataId) > 0 ? t.dataSync() : undefined;
}
