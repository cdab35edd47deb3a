/** What tfjs leaves behind. */
import * as tf from '@tensorflow/tfjs';

/**
 * Runs `f`. If it throws, tensors that tfjs has kept for gradients since are disposed, and what it has recorded is forgotten:
 * tfjs does neither.
 */
export function cleanly<T>(f: () => T): T {
  const engine = tf.engine() as unknown as {
    keep?: (t: tf.Tensor) => tf.Tensor;
    state: { activeTape?: unknown };
  };
  const kept: tf.Tensor[] = [];
  const keep = engine.keep!;
  engine.keep = (t) => {
    kept.push(t);
    return keep.call(engine, t);
  };
  try {
    return f();
  } catch (error) {
    engine.state.activeTape = null;
    tf.dispose(kept);
    throw error;
  } finally {
    delete engine.keep; // the class's own again
  }
}
