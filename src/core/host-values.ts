/** Values of tensors that are in main memory already, so that looking at them costs no computation and no transfer. */
import * as tf from '@tensorflow/tfjs-core';

/** What a backend may offer. */
interface WithHostValues {
  /** All values, or the one that all are equal to; undefined where they have to be computed or fetched first. */
  hostValues(dataId: object): ArrayLike<number> | undefined;
}

/** The values of a float32 tensor, or the one that all are equal to; undefined where they are not at hand. Not to be changed. */
export function hostValues(t: tf.Tensor): ArrayLike<number> | undefined {
  const backend = tf.backend() as tf.KernelBackend & Partial<WithHostValues>;
  if (backend.hostValues !== undefined) return backend.hostValues(t.dataId);
  // tfjs' cpu backend computes at once, and reading gives its own array
  return tf.getBackend() === 'cpu' && backend.refCount(t.dataId) > 0 ? t.dataSync() : undefined;
}
