/** Blocks on their own: as a model, and as a function on images of one channel. */
import * as tf from '@tensorflow/tfjs';
import type { Image } from './plain-convolution.js';

type Block = (x: tf.SymbolicTensor) => tf.SymbolicTensor;

export function modelOf(
  block: Block,
  shape: [number | null, number | null, number] = [8, 8, 2],
): tf.LayersModel {
  const inputs = tf.input({ shape });
  return tf.model({ inputs, outputs: block(inputs) });
}

/** Names and values of all weights. */
export const weightsOf = (model: tf.LayersModel): Promise<[name: string, values: number[]][]> =>
  Promise.all(
    model.weights.map(async (weight): Promise<[string, number[]]> => [
      weight.originalName,
      [...(await weight.read().data())],
    ]),
  );

/** What the block gives for an image of one channel, under kernels that are all `kernel`. */
export async function imageThrough(block: Block, kernel: Image, image: Image): Promise<Image> {
  const model = modelOf(block, [null, null, 1]);
  const y = tf.tidy(() => {
    const weight = tf.tensor4d(kernel.flat(), [kernel.length, kernel[0]!.length, 1, 1]);
    model.setWeights(model.getWeights().map(() => weight));
    const x = tf.tensor4d(image.flat(), [1, image.length, image[0]!.length, 1]);
    return tf.squeeze<tf.Tensor2D>(model.predict(x) as tf.Tensor, [0, 3]);
  });
  const values = await y.array();
  y.dispose();
  model.dispose();
  return values;
}
