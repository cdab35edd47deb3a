/** Sets a rectangle of half of the height and half of the width to 0. Its centre is random, and it may reach over the border. */
import * as tf from '@tensorflow/tfjs-core';
import { places, type Policy, wholeNumbers } from './policy.js';

const share = 0.5;

/** 1 for the places of an axis that are inside of the rectangle, else 0. */
function inside(size: number, shape: number[], draws: tf.Tensor4D): tf.Tensor {
  const length = Math.floor(size * share + 0.5);
  const centre = wholeNumbers(draws, size + 1 - (length % 2));
  const place = tf.add(tf.sub(places(size, shape), centre), Math.floor(length / 2));
  return tf.cast(tf.logicalAnd(tf.greaterEqual(place, 0), tf.less(place, length)), 'float32');
}

export const cutout: Policy = {
  draws: 2,
  apply(x, [row, column]) {
    const [, height, width] = x.shape;
    const cut = tf.mul(inside(height, [1, height, 1, 1], row!), inside(width, [1, 1, width, 1], column!));
    return tf.mul(x, tf.sub(1, cut));
  },
};
