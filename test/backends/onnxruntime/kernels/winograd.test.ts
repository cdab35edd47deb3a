/**
 * Winograd's form of a convolution and of its gradients against sums in double precision, over the sizes that it takes.
 * The documented bounds: 2e-5 of the largest number, and 1e-6 for a direct convolution.
 */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';

const rules = ['always', 'auto', 'never'] as const;
beforeAll(() => {
  for (const winograd of rules) registerOnnxRuntimeBackend(ort, { name: winograd, winograd });
});
afterAll(() => {
  for (const rule of rules) tf.removeBackend(rule);
});

type Shape4 = [number, number, number, number];

const noise = (length: number, seed: number): Float32Array => {
  const t = tf.randomNormal([length], 0, 1, 'float32', seed);
  const values = Float32Array.from(t.dataSync());
  t.dispose();
  return values;
};

/** y, and gradients of sum(y · r), by loops over all that a convolution multiplies; numbers in double precision. */
function loops(
  [n, h, w, c]: Shape4,
  o: number,
  pad: number,
  x: Float32Array,
  f: Float32Array,
  r: Float32Array,
) {
  const [oh, ow] = [h + 2 * pad - 2, w + 2 * pad - 2];
  const y = new Float64Array(n * oh * ow * o);
  const dx = new Float64Array(x.length);
  const df = new Float64Array(f.length);
  for (let s = 0; s < n; s++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let a = 0; a < 3; a++)
          for (let b = 0; b < 3; b++) {
            const [row, column] = [i + a - pad, j + b - pad];
            if (row < 0 || row >= h || column < 0 || column >= w) continue;
            for (let p = 0; p < c; p++)
              for (let q = 0; q < o; q++) {
                const at = [((s * oh + i) * ow + j) * o + q, ((s * h + row) * w + column) * c + p] as const;
                const tap = ((a * 3 + b) * c + p) * o + q;
                y[at[0]]! += x[at[1]]! * f[tap]!;
                dx[at[1]]! += r[at[0]]! * f[tap]!;
                df[tap]! += r[at[0]]! * x[at[1]]!;
              }
          }
  return [y, dx, df];
}

/** The same on a backend, with how many operators of a direct convolution its graphs have. */
async function onBackend(name: string, shape: Shape4, o: number, pad: number, ...data: Float32Array[]) {
  await tf.setBackend(name);
  const [n, h, w, c] = shape;
  const [x, f, r] = [
    tf.tensor4d(data[0]!, shape),
    tf.tensor4d(data[1]!, [3, 3, c, o]),
    tf.tensor4d(data[2]!, [n, h + 2 * pad - 2, w + 2 * pad - 2, o]),
  ];
  const convolve = (x: tf.Tensor, f: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, pad);
  const results = tf.tidy(() => [
    convolve(x, f),
    ...tf.grads((x, f) => tf.sum(tf.mul(convolve(x, f), r)))([x, f]),
  ]);
  const numbers = await Promise.all(results.map((result) => result.data()));
  tf.dispose([x, f, r, results]);
  return numbers;
}

const largestOf = (numbers: Float64Array) => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

test.each<[Shape4, number, number]>([
  [[1, 8, 8, 3], 2, 1],
  [[2, 6, 10, 4], 5, 0],
  [[1, 9, 7, 3], 4, 1], // tiles that reach beyond the picture
  [[1, 3, 3, 2], 1, 0],
  [[1, 5, 6, 2], 2, 2],
  [[2, 11, 5, 1], 3, 0],
  [[1, 18, 18, 64], 64, 0],
  [[1, 13, 22, 64], 70, 1],
  [[1, 5, 6, 172], 172, 1], // backwards the filter is transformed again
  [[1, 64, 64, 128], 1, 1], // backwards the picture is
  [[1, 129, 130, 6], 5, 0], // the largest that the rule takes
  [[1, 127, 126, 5], 6, 2],
])('pictures %j to %j channels, padding %j', (shape, o, pad) =>
  withoutLeaks(async () => {
    const [n, h, w, c] = shape;
    const data = [
      noise(n * h * w * c, 1),
      noise(9 * c * o, 2),
      noise(n * (h + 2 * pad - 2) * (w + 2 * pad - 2) * o, 3),
    ] as const;
    const want = loops(shape, o, pad, ...data);
    const got = await onBackend('always', shape, o, pad, ...data);
    got.forEach((numbers, i) => {
      const largest = largestOf(want[i]!);
      expect(numbers).toBeAllClose(want[i]!, { rtol: 0, atol: 2e-5 * largest });
    });
    // The rule takes it from 64 channels on, and only then: the same numbers to the bit tell which form it was.
    const [auto, never] = [
      await onBackend('auto', shape, o, pad, ...data),
      await onBackend('never', shape, o, pad, ...data),
    ];
    never.forEach((numbers, i) => {
      const largest = largestOf(want[i]!);
      expect(numbers).toBeAllClose(want[i]!, { rtol: 0, atol: 1e-6 * largest });
    });
    expect(auto).toEqual(Math.min(c, o) >= 64 ? got : never);
    expect(got).not.toEqual(never);
  }),
);
