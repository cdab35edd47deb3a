/** Images that a page has sent to its Worker. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { imageToTensor } from '../images/image-to-tensor.js';
import type { ImageValues, SentImage } from './protocol.js';

/**
 * An image as a tensor with the channels that a generator wants.
 *
 * @throws CycleGANError those of `imageToTensor`
 */
export async function receivedImage(image: SentImage, generator: LayersModel): Promise<tf.Tensor3D> {
  if (isValues(image)) return tf.tensor3d(image.values, [...image.shape]);
  const channels = generator.inputs[0]!.shape.at(-1);
  return await imageToTensor(image, channels === 1 || channels === 4 ? { channels } : {});
}

const isValues = (image: SentImage): image is ImageValues => typeof image === 'object' && 'values' in image;
