/**
 * Resizing against the cpu backend. The gradients' truth is the cpu backend's forward map, transposed: its own
 * gradients are wrong for several images, for half-pixel centers and for images that are not square.
 */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Resize = (x: tf.Tensor4D) => tf.Tensor4D;

const sine = (length: number, step: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + step * i));

/** Σ over outputs of dy · ∂y/∂x, with the columns of ∂y/∂x as `resize` on cpu gives them. */
async function transposedOnCpu(resize: Resize, shape: number[], dy: Float32Array): Promise<number[]> {
  await tf.setBackend('cpu');
  const size = tf.util.sizeFromShape(shape);
  return Array.from({ length: size }, (_, j) =>
    tf.tidy(() => {
      const one = Float32Array.from({ length: size }, (_, i) => (i === j ? 1 : 0));
      const column = resize(
        tf.tensor<tf.Rank.R4>(one, shape as [number, number, number, number]),
      ).dataSync<'float32'>();
      return column.reduce((sum, value, i) => sum + value * dy[i]!, 0);
    }),
  );
}

describe.each(Object.entries({ bilinear: tf.image.resizeBilinear, nearest: tf.image.resizeNearestNeighbor }))(
  '%s',
  (name, resize) => {
    const cases = [
      ['twice as large', [2, 3, 4, 2], [6, 8]],
      ['two and three times as large', [1, 3, 4, 2], [6, 12]],
      ['larger', [2, 4, 5, 2], [7, 6]],
      ['smaller', [2, 7, 6, 2], [4, 5]],
      ['half as large', [1, 6, 8, 2], [3, 4]],
      ['taller and narrower', [1, 3, 7, 2], [8, 2]],
      ['the same size', [1, 3, 4, 2], [3, 4]],
      ['to one pixel', [1, 3, 4, 2], [1, 1]],
      ['from one pixel', [1, 1, 1, 3], [3, 2]],
    ] as [string, number[], [number, number]][];
    const flags = { plain: [false, false], 'aligned corners': [true, false], 'half-pixel centers': [false, true] } as const; // prettier-ignore

    describe.each(Object.entries(flags))('%s', (_, [alignCorners, halfPixelCenters]) => {
      test.each(cases)('%s', (_, shape, size) =>
        withoutLeaks(async () => {
          const f: Resize = (x) => resize(x, size, alignCorners, halfPixelCenters);
          await compare((x) => f(x as tf.Tensor4D), [shape], { gradients: false });
          // tfjs' nearest neighbours have no gradient for half-pixel centers of their own
          if (name === 'nearest' && halfPixelCenters) return;
          const dy = sine(shape[0]! * size[0] * size[1] * shape[3]!, 5);
          const want = await transposedOnCpu(f, shape, dy);
          await tf.setBackend('onnxruntime');
          const { fallenBack } = await counting(async () => {
            const dx = tf.tidy(() =>
              tf.grad((x) =>
                tf.sum(tf.mul(f(x as tf.Tensor4D), tf.reshape(tf.tensor(dy), f(x as tf.Tensor4D).shape))),
              )(tf.tensor(sine(tf.util.sizeFromShape(shape), 7), shape)),
            );
            expect(dx.shape).toEqual(shape);
            expect(await dx.data()).toBeAllClose(want, { atol: 1e-5 });
            dx.dispose();
          });
          expect(fallenBack).toEqual([]);
        }),
      );
    });

    test('integers, as images are decoded', () =>
      withoutLeaks(() =>
        compare((x) => resize(tf.cast<tf.Tensor4D>(tf.mul(x, 100), 'int32'), [5, 8]), [[1, 3, 4, 3]], {
          gradients: false,
        }),
      ));

    test('NaN stays where it is', () =>
      withoutLeaks(async () => {
        const y = tf.tidy(() => resize(tf.tensor4d([NaN, 1, 1, 1, 1, 1, 1, 1, 1], [1, 3, 3, 1]), [5, 5]));
        const isNaN = [...(await y.data())].map(Number.isNaN);
        y.dispose();
        expect(isNaN.slice(15)).toEqual(new Array<boolean>(10).fill(false));
        expect(isNaN[0]).toBe(true);
      }));

    test('between convolutions', () =>
      withoutLeaks(() =>
        compare(
          (x, w) => {
            const conv = (x: tf.Tensor4D) => tf.conv2d(x, w as tf.Tensor4D, 1, 'same');
            const resized = resize(resize(conv(x as tf.Tensor4D), [8, 8]), [5, 5]);
            return conv(resized);
          },
          [[1, 4, 4, 3], [3, 3, 3, 3]], // prettier-ignore
        ),
      ));
  },
);
