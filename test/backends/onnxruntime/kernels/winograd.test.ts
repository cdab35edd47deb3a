/**
 * Winograd's algorithm of a convolution and of its gradients against sums in double precision, over the sizes that it takes.
 * The documented bounds: 2e-5 of the largest of the same sums of absolute values, and 1e-6 for a direct convolution.
 */
import { createHash } from 'node:crypto';
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

/** Channels out, and sides of the filter, its steps and the padding. */
interface Windows {
  o: number;
  size: number;
  stride: number;
  pad: number;
}

/** How many windows lie along `side` pixels. */
const along = (side: number, { size, stride, pad }: Windows) =>
  Math.floor((side + 2 * pad - size) / stride) + 1;

/** y, and gradients of sum(y · r), by loops over all that a convolution multiplies; numbers in double precision. */
function loops([n, h, w, c]: Shape4, windows: Windows, x: Float32Array, f: Float32Array, r: Float32Array) {
  const { o, size, stride, pad } = windows;
  const [oh, ow] = [along(h, windows), along(w, windows)];
  const y = new Float64Array(n * oh * ow * o);
  const dx = new Float64Array(x.length);
  const df = new Float64Array(f.length);
  for (let s = 0; s < n; s++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let a = 0; a < size; a++)
          for (let b = 0; b < size; b++) {
            const [row, column] = [stride * i + a - pad, stride * j + b - pad];
            if (row < 0 || row >= h || column < 0 || column >= w) continue;
            for (let p = 0; p < c; p++)
              for (let q = 0; q < o; q++) {
                const at = [((s * oh + i) * ow + j) * o + q, ((s * h + row) * w + column) * c + p] as const;
                const tap = ((a * size + b) * c + p) * o + q;
                y[at[0]]! += x[at[1]]! * f[tap]!;
                dx[at[1]]! += r[at[0]]! * f[tap]!;
                df[tap]! += r[at[0]]! * x[at[1]]!;
              }
          }
  return [y, dx, df];
}

/** The same on a backend, with how many operators of a direct convolution its graphs have. */
async function onBackend(name: string, shape: Shape4, windows: Windows, ...data: Float32Array[]) {
  await tf.setBackend(name);
  const [n, h, w, c] = shape;
  const { o, size, stride, pad } = windows;
  const [x, f, r] = [
    tf.tensor4d(data[0]!, shape),
    tf.tensor4d(data[1]!, [size, size, c, o]),
    tf.tensor4d(data[2]!, [n, along(h, windows), along(w, windows), o]),
  ];
  const convolve = (x: tf.Tensor, f: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad, 'NHWC', 1, 'floor');
  const results = tf.tidy(() => [
    convolve(x, f),
    ...tf.grads((x, f) => tf.sum(tf.mul(convolve(x, f), r)))([x, f]),
  ]);
  const numbers = await Promise.all(results.map((result) => result.data()));
  tf.dispose([x, f, r, results]);
  return numbers;
}

const largest = (list: Float32Array | Float64Array): number => {
  let most = 0;
  for (const x of list) most = Math.max(most, Math.abs(x));
  return most;
};

/** Fails unless each list is as wanted, within `bound` of its scale. */
function expectWithin(bound: number, got: ArrayLike<number>[], { want, scales }: Truth): void {
  got.forEach((numbers, i) => {
    expect(numbers).toBeAllClose(want[i]!, { rtol: 0, atol: bound * scales[i]! });
  });
}

/** A digest of values: comparing millions of them one by one takes long. */
const bytesOf = (lists: readonly ArrayBufferView[]): string[] =>
  lists.map((list) =>
    createHash('sha256')
      .update(new Uint8Array(list.buffer, list.byteOffset, list.byteLength))
      .digest('hex'),
  );

const withSpike = (values: Float32Array, at: number): Float32Array => {
  values[Math.floor(at * values.length)] = 100;
  return values;
};

const cases: [Shape4, outChannels: number, filter: number, padding: number, stride?: number][] = [
  [[1, 8, 8, 3], 2, 3, 1],
  [[2, 6, 10, 4], 5, 3, 0],
  [[1, 9, 7, 3], 4, 3, 1], // tiles that reach beyond the image
  [[1, 3, 3, 2], 1, 3, 0],
  [[1, 5, 6, 2], 2, 3, 2],
  [[2, 11, 5, 1], 3, 3, 0],
  [[1, 18, 18, 64], 64, 3, 0],
  [[1, 13, 22, 64], 70, 3, 1],
  [[1, 5, 6, 172], 172, 3, 1], // backwards the filter is transformed again
  [[1, 128, 128, 256], 1, 3, 1], // backwards the image is
  [[1, 129, 130, 6], 5, 3, 0], // longer than a block, of no divisor
  [[1, 127, 126, 5], 6, 3, 2],
  [[1, 512, 131, 2], 2, 3, 1], // 16 blocks, and one of a prime
  [[2, 48, 41, 3], 4, 3, 1], // 2 blocks of 24 rows, 41 columns at once
  [[1, 8, 8, 3], 2, 4, 1],
  [[2, 6, 10, 4], 5, 4, 0],
  [[1, 4, 4, 2], 1, 4, 0],
  [[1, 5, 6, 2], 2, 4, 3],
  [[1, 18, 19, 64], 64, 4, 1],
  [[1, 13, 12, 64], 70, 4, 2],
  [[1, 12, 12, 64], 70, 4, 1], // too few windows for the rule
  [[1, 8, 8, 3], 2, 4, 1, 2],
  [[2, 9, 12, 4], 5, 4, 0, 2], // a row that no window reaches
  [[1, 7, 10, 2], 3, 4, 2, 2],
  [[1, 64, 64, 16], 64, 4, 1, 2],
  [[1, 32, 28, 16], 64, 4, 1, 2], // too few
  [[1, 64, 51, 3], 4, 4, 1, 2], // 2 blocks of 32 rows, 51 columns at once
  [[1, 12, 13, 3], 4, 6, 2, 2],
  [[1, 14, 16, 2], 2, 6, 1, 3],
  [[1, 14, 16, 2], 2, 8, 3, 2],
  [[1, 9, 9, 3], 2, 2, 0],
  [[2, 64, 51, 3], 4, 4, 2],
];

interface Truth {
  want: Float64Array[];
  /** The largest of the same sums of absolute values. In one tile outliers of x and dy count as if they met. */
  scales: number[];
}

function truth(
  shape: Shape4,
  windows: Windows,
  data: readonly [Float32Array, Float32Array, Float32Array],
): Truth {
  const sizes = data.map((list) => list.map(Math.abs)) as unknown as typeof data;
  const [y, dx, df] = loops(shape, windows, ...sizes).map(largest) as [number, number, number];
  const scales = [y, dx, Math.max(df, largest(data[0]) * largest(data[2]))];
  return { want: loops(shape, windows, ...data), scales };
}

test.each(cases)(
  'images %j to %j channels, filters of %j, padding %j, stride %j',
  (shape, o, size, pad, stride = 1) =>
    withoutLeaks(async () => {
      const [n, h, w, c] = shape;
      const windows = { o, size, stride, pad };
      const count = n * along(h, windows) * along(w, windows);
      const data = [noise(n * h * w * c, 1), noise(size * size * c * o, 2), noise(count * o, 3)] as const;
      const expected = truth(shape, windows, data);
      const got = await onBackend('always', shape, windows, ...data);
      expectWithin(2e-5, got, expected);
      // The same values bit for bit show which algorithm was used.
      const [auto, never] = [
        await onBackend('auto', shape, windows, ...data),
        await onBackend('never', shape, windows, ...data),
      ];
      expectWithin(1e-6, never, expected);
      const fewestWindows = { 2: 1000, 3: 0, 4: 200 }[size / stride]!;
      const pays = Math.min(c * stride ** 2, o) >= 64 && count >= fewestWindows;
      expect(bytesOf(auto)).toEqual(bytesOf(pays ? got : never));
      expect(bytesOf(got)).not.toEqual(bytesOf(never));
    }),
);

test.each<[Shape4, o: number, size: number, pad: number, stride?: number]>([
  [[1, 16, 16, 3], 4, 3, 1],
  [[1, 18, 18, 64], 64, 3, 0],
  [[1, 15, 15, 4], 3, 4, 1],
  [[1, 24, 24, 4], 3, 4, 1, 2],
])(
  'outliers in images %j to %j channels, filters of %j, padding %j, stride %j',
  (shape, o, size, pad, stride = 1) =>
    withoutLeaks(async () => {
      const [n, h, w, c] = shape;
      const windows = { o, size, stride, pad };
      const count = n * along(h, windows) * along(w, windows);
      for (const at of [0, 0.2, 0.45, 0.5, 0.7]) {
        const x = withSpike(noise(n * h * w * c, 1), 0.5);
        const dy = withSpike(noise(count * o, 3), at);
        const data = [x, noise(size * size * c * o, 2), dy] as const;
        const expected = truth(shape, windows, data);
        expectWithin(2e-5, await onBackend('always', shape, windows, ...data), expected);
        expectWithin(1e-6, await onBackend('never', shape, windows, ...data), expected);
      }
    }),
);

test.each([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['1e38', 1e38],
])('%s in one pixel makes NaN of the tiles that it lies in, and of nothing else', (_, value) =>
  withoutLeaks(async () => {
    const x = new Float32Array(12 * 12).fill(1);
    x[6 * 12 + 6] = value;
    const windows = { o: 1, size: 3, stride: 1, pad: 1 };
    const data = [x, new Float32Array(9).fill(1), new Float32Array(12 * 12).fill(0)] as const;
    const isNumber = (numbers: ArrayLike<number>) => Array.from(numbers, (y) => Number(Number.isFinite(y)));
    const [y] = await onBackend('always', [1, 12, 12, 1], windows, ...data);
    // Tiles of 4 × 4 pixels see 6 × 6: only that in the middle sees this one.
    const inTile = (i: number) => i >= 4 && i < 8;
    const want = Array.from({ length: 144 }, (_, i) =>
      Number(!(inTile(Math.floor(i / 12)) && inTile(i % 12))),
    );
    expect(isNumber(y!)).toEqual(want);
    const [direct] = await onBackend('never', [1, 12, 12, 1], windows, ...data);
    const near = (i: number) => i >= 5 && i < 8;
    expect(Array.from(direct!, (y) => Number(y === 9 || y === 6 || y === 4))).toEqual(
      Array.from({ length: 144 }, (_, i) => Number(!(near(Math.floor(i / 12)) && near(i % 12)))),
    );
  }),
);
