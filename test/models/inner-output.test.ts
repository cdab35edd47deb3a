/** Outputs of inner layers share the weights of their network. */
import * as tf from '@tensorflow/tfjs';
import { dcganDiscriminator } from 'ts-cyclegan';
import { expect, it } from 'vitest';
import { withInnerOutput } from '../../src/models/inner-output.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

it('a network with an inner output returns both, has the same weights, and is disposed with it', () =>
  withoutLeaks(async () => {
    const network = dcganDiscriminator({
      inputShape: [8, 8, 1],
      filters: 2,
      levels: 1,
      norm: 'none',
      seed: 1,
    });
    const before = tf.memory().numTensors;
    const both = withInnerOutput(network, 'main.2');
    expect(tf.memory().numTensors).toBe(before);
    const x = scattered([2, 8, 8, 1]);
    const [logits, features] = both.predict(x) as [tf.Tensor, tf.Tensor];
    const own = network.predict(x) as tf.Tensor;
    expect(await logits.data()).toEqual(await own.data());
    // the linear layer on the features gives the logits
    const [kernel, bias] = network.getLayer('main.3').getWeights() as [tf.Tensor2D, tf.Tensor1D];
    const again = tf.tidy(() => tf.add(tf.matMul(features as tf.Tensor2D, kernel), bias));
    const [got, expected] = [await again.data(), await logits.data()];
    got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    tf.tidy(() => network.getLayer('main.3').setWeights([tf.zerosLike(kernel), tf.zerosLike(bias)]));
    tf.dispose([logits, own, features, again]);
    const [zero, same] = both.predict(x) as [tf.Tensor, tf.Tensor];
    expect([...(await zero.data())]).toEqual([0, 0]);
    tf.dispose([zero, same, x]);
    network.dispose();
  }));
