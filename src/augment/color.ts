/** Random brightness, saturation and contrast. */
import * as tf from '@tensorflow/tfjs-core';
import type { Policy } from './policy.js';

/**
 * Adds b from [−½, ½) to all values. Then multiplies the distance from the mean of the channels by s from [0, 2), and that from the
 * mean of the image by c from [½, 1½).
 *
 * The three are linear and keep the means, so they are one sum: cs·x + c(1 − s)·(mean of the channels) + (1 − c)·(mean of the image) + b.
 */
export const color: Policy = {
  draws: 3,
  apply(x, [brightness, saturation, contrast]) {
    const s = tf.mul(saturation!, 2);
    const c = tf.add(contrast!, 0.5);
    const ofChannels = tf.mean(x, 3, true);
    const ofImage = tf.mean(ofChannels, [1, 2], true);
    const constant = tf.add(tf.mul(ofImage, tf.sub(1, c)), tf.sub(brightness!, 0.5));
    const grey = tf.add(tf.mul(ofChannels, tf.mul(c, tf.sub(1, s))), constant);
    return tf.add(tf.mul(x, tf.mul(c, s)), grey);
  },
};
