/** Where convolutions with few windows become products. Their numbers: kernels/convolution.test.ts. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { graphsOf, onOnnxRuntime } from '../engine.js';
import type { PassName } from '../../../../src/backends/onnxruntime/passes/passes.js';

onOnnxRuntime();

test.each<[string, boolean, number[], number[], PassName[]]>([
  ['256 windows', true, [1, 16, 16, 16], [4, 4, 16, 16], []],
  ['more', false, [1, 16, 17, 16], [4, 4, 16, 16], []],
  ['256 windows of several images', true, [4, 8, 8, 16], [4, 4, 16, 16], []],
  ['more of several images', false, [5, 8, 8, 16], [4, 4, 16, 16], []],
  ['few channels in', false, [1, 8, 8, 15], [4, 4, 15, 16], []],
  ['few channels out', false, [1, 8, 8, 16], [4, 4, 16, 15], []],
  ['single pixels', false, [1, 8, 8, 16], [1, 1, 16, 16], []],
  ["Winograd's algorithm", false, [1, 8, 8, 64], [3, 3, 64, 64], []],
  ['the pass left out', false, [1, 16, 16, 16], [4, 4, 16, 16], ['multiplyWindows']],
])('%s: %s', (_, multiplied, x, w, withoutPasses) =>
  withoutLeaks(async () => {
    const { operators } = await graphsOf(
      () => {
        const gradients = tf.tidy(() => {
          const convolve = (x: tf.Tensor, w: tf.Tensor) =>
            tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'));
          return tf.grads(convolve)([tf.randomNormal(x), tf.randomNormal(w)]);
        });
        gradients[0]!.dataSync();
        tf.dispose(gradients);
      },
      false,
      { withoutPasses },
    );
    const direct = operators.flat().filter((op) => op === 'Conv' || op === 'ConvTranspose');
    const isWinograd = w[2] === 64;
    expect(direct.length).toBe(multiplied || isWinograd ? 0 : 2);
  }),
);
