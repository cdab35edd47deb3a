/** How many kernels a computation runs. */
import * as tf from '@tensorflow/tfjs';

/** Kernels that hand a tensor on and compute nothing: no count holds them against anybody. */
const free = ['Identity', 'Reshape'];

export async function kernelCount(compute: () => tf.TensorContainer): Promise<number> {
  const { kernels } = await tf.profile(() => tf.tidy(() => (compute(), [])));
  // tf.profile also lists the scopes of tf.tidy, whose names are no kernels'
  return kernels.filter(({ name }) => /^[A-Z]/.test(name) && !free.includes(name)).length;
}
