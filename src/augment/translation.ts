/** Moves each image at random by up to an eighth of its size. What moves in is 0, the grey between black and white. */
import * as tf from '@tensorflow/tfjs-core';
import { places, type Policy, wholeNumbers } from './policy.js';

const share = 0.125;

/**
 * Row i becomes row i + t of the same image, for a random t. It is a product with a matrix that has a single 1 in a row: offsets
 * stay inputs, and the gradient is a product, too, where that of a gather would scatter.
 */
function movedRows(x: tf.Tensor4D, draws: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const most = Math.floor(height * share + 0.5);
  const offset = tf.sub(wholeNumbers(draws, 2 * most + 1), most);
  const wanted = tf.add(places(height, [1, height, 1]), tf.reshape(offset, [batch, 1, 1]));
  const chosen = tf.cast(tf.equal(places(height, [1, 1, height]), wanted), 'float32');
  const rows = tf.matMul(chosen, tf.reshape(x, [batch, height, width * channels]));
  return tf.reshape(rows, [batch, height, width, channels]);
}

const swapped = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 2, 1, 3]);

export const translation: Policy = {
  draws: 2,
  apply: (x, [down, right]) => swapped(movedRows(swapped(movedRows(x, down!)), right!)),
};
