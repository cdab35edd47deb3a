/** The images of a step as a batch of its own. */
import * as tf from '@tensorflow/tfjs-core';

/** Images [H, W, C] or [B, H, W, C] as a batch that stays when the caller disposes of them. */
export const heldBatch = (images: tf.Tensor3D | tf.Tensor4D): tf.Tensor4D =>
  tf.keep(images.rank === 3 ? tf.expandDims(images, 0) : tf.clone(images)) as tf.Tensor4D;
