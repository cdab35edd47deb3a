/** What tfjs leaves behind. */
import * as tf from '@tensorflow/tfjs';

/** After an error in a gradient tfjs keeps the tensors that it has saved for it. */
export function dropTape(): void {
  const { state } = tf.engine() as unknown as { state: { activeTape?: { saved?: tf.Tensor[] }[] | null } };
  for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
  state.activeTape = null;
}
