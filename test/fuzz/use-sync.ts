/** Backends that are there at once, without a wait. */
import * as tf from '@tensorflow/tfjs';

/** Sets a backend that starts at once; whether it is there. */
export function useSync(name: string): boolean {
  void tf.setBackend(name);
  return tf.getBackend() === name;
}
