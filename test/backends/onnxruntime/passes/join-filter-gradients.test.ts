/** Where gradients of a filter that several convolutions share become one, and that it is their sum. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { OnnxRuntimeBackendOptions } from 'ts-cyclegan/backends/onnxruntime';
import { withoutLeaks } from '../../../support/leaks.js';
import { graphsOf, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

/** Of the sum of squares of convolutions of images of these shapes with one filter. */
async function gradient(shapes: number[][], filter: number[], strides = 1): Promise<Float32Array> {
  const dw = tf.tidy(() => {
    const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
    const images = shapes.map((shape, i) => random(shape, i + 1));
    const w = random(filter, 9);
    const loss = (w: tf.Tensor) =>
      tf.addN(
        images.map((x) => tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, 'same')))),
      );
    return tf.grad(loss)(w);
  });
  const data = (await dw.data()) as Float32Array;
  dw.dispose();
  return data;
}

const always: OnnxRuntimeBackendOptions = { winograd: 'always' };
const two = ['2,8,8,4', '1,8,8,4'];

test.each<[string, string[], OnnxRuntimeBackendOptions, products: number, side?: number, strides?: number]>([
  ['two calls', two, always, 1],
  ['two calls, 4 × 4 with stride', two, always, 1, 4, 2],
  ['three calls of other sizes', ['1,8,8,4', '1,7,9,4', '3,5,4,4'], always, 1],
  ['the pass left out', two, { ...always, withoutPasses: ['joinFilterGradients'] }, 2],
  ['a direct convolution', two, { winograd: 'never' }, 0],
])('%s', (_, images, options, products, side = 3, strides = 1) =>
  withoutLeaks(async () => {
    const shapes = images.map((shape) => shape.split(',').map(Number));
    const filter = [side, side, 4, 5];
    await tf.setBackend('cpu');
    const want = await gradient(shapes, filter, strides);
    await tf.setBackend('onnxruntime');
    let got: Float32Array | undefined;
    const { operators } = await graphsOf(
      async () => {
        got = await gradient(shapes, filter, strides);
      },
      false,
      options,
    );
    const most = Math.max(...want.map(Math.abs));
    expect(got!).toBeAllClose(want, { rtol: 1e-4, atol: 2e-5 * most });
    // [36, P, c]ᵀ · [36, P, o], once for all or once each; nothing else is transposed but in the gradients of images, which none asks for
    expect(operators.flat().filter((op) => op === 'FusedMatMul')).toHaveLength(products);
  }),
);

test('calls whose tiles are large stay apart', () =>
  withoutLeaks(async () => {
    const { operators } = await graphsOf(
      () => gradient([[1, 48, 48, 64], [1, 90, 90, 64]], [3, 3, 64, 64]), // prettier-ignore
    );
    expect(operators.flat().filter((op) => op === 'FusedMatMul')).toHaveLength(2);
  }));
