/** RMSProp as in PyTorch: v ← αv + (1−α)g², w ← w − lr·g/(√v + ε). WGAN's authors train with it. */
import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerRule } from './optimizer.js';

/** Options of {@link rmspropRule}. */
export interface RMSPropOptions {
  /** Decay of the mean of squared gradients. */
  readonly alpha: number;
  readonly epsilon: number;
}

export const rmspropRule = ({ alpha, epsilon }: RMSPropOptions): OptimizerRule<'v'> => ({
  name: 'RMSProp',
  slots: ['v'],
  nonNegative: ['v'],
  constants: { keep: alpha, take: 1 - alpha, epsilon },
  scalars: (learningRate) => ({ rate: learningRate }),
  update(gradient, { v }, { rate, epsilon, keep, take }) {
    const squares = tf.add(tf.mul(v, keep!), tf.mul(tf.square(gradient), take!));
    const change = tf.mul(rate!, tf.div(gradient, tf.add(tf.sqrt(squares), epsilon!)));
    return { slots: { v: squares }, change };
  },
});
