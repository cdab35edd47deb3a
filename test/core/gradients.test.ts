import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { takingGradients, valueAndGradients } from '../../src/core/gradients.js';
import { withoutLeaks } from '../support/leaks.js';

describe('valueAndGradients', () => {
  it('gives the gradients in the order of the variables, and zeros for those that play no part', () =>
    withoutLeaks(async () => {
      const [a, b, c] = tf.tidy(() => [2, 3, 5].map((x) => tf.variable(tf.tensor1d([x, 1]))));
      const { value, gradients } = valueAndGradients(() => tf.sum(tf.mul(a!, tf.square(c!))), [c!, b!, a!]);
      expect(await value.data()).toBeAllClose([51]);
      expect(await gradients[0]!.data()).toBeAllClose([20, 2]);
      expect(await gradients[1]!.data()).toBeAllClose([0, 0]);
      expect(await gradients[2]!.data()).toBeAllClose([25, 1]);
      tf.dispose([a!, b!, c!, value, ...gradients]);
    }));
});

describe('takingGradients', () => {
  it('frees what the tape saved when the loss throws, at any depth', () =>
    withoutLeaks(() => {
      const x = tf.tensor1d([1, 2]);
      const failing = (x: tf.Tensor): tf.Tensor => {
        tf.exp(tf.square(x));
        throw new Error('out of luck');
      };
      const inner = (x: tf.Tensor) => takingGradients(() => tf.grad(failing)(tf.square(x)));
      expect(() => tf.tidy(() => inner(x))).toThrow(new Error('out of luck'));
      expect(() => takingGradients(() => tf.grad(inner)(x))).toThrow(new Error('out of luck'));
      x.dispose();
    }));

  it('says which op cannot be differentiated, and what to do', () =>
    withoutLeaks(() => {
      const x = tf.tensor1d([1, -2]);
      const slope = (x: tf.Tensor) => tf.grad((x) => tf.leakyRelu(x))(x);
      expect(() => takingGradients(() => tf.grad(slope)(x))).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Gradient: the op Greater has no gradient in TensorFlow.js. A gradient penalty (wgan-gp, dragan, r1) differentiates the discriminator twice. tf.layers.leakyReLU, tf.layers.prelu, max pooling and other layers do not support this. Build the discriminator with patchDiscriminator or with this library's LeakyReLU and InstanceNormalization, or choose an adversarial loss without a penalty.]`,
      );
      x.dispose();
    }));
});
