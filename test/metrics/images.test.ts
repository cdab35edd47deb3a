/** L1, PSNR, SSIM and colourfulness: values by hand, and refused images. (Golden cases compare with scikit-image.) */
import * as tf from '@tensorflow/tfjs';
import { colourfulness, l1, psnr, ssim } from 'ts-cyclegan/metrics';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';

test('tensors and plain data: L1 and PSNR by hand', async () => {
  await withoutLeaks(async () => {
    const a = tf.tensor3d([0, 0.5, -1, 1], [2, 2, 1]);
    const b = { data: Float32Array.from([0.5, 0.5, 0, -1]), shape: [2, 2, 1] as const };
    expect(await l1(a, b)).toBeCloseTo((0.5 + 0 + 1 + 2) / 4, 12);
    expect(await psnr(a, b)).toBeCloseTo(10 * Math.log10(4 / ((0.25 + 1 + 4) / 4)), 10);
    expect(await psnr(a, b, { range: 1 })).toBeCloseTo(10 * Math.log10(1 / ((0.25 + 1 + 4) / 4)), 10);
    expect(await psnr(a, a)).toBe(Infinity);
    a.dispose();
  });
});

test('SSIM is 1 for equal images, and depends on means only for flat ones', async () => {
  await withoutLeaks(async () => {
    const image = tf.randomUniform<tf.Rank.R3>([16, 13, 3], -1, 1, 'float32', 3);
    expect(await ssim(image, image)).toBeCloseTo(1, 12);
    const [low, high] = [tf.fill<tf.Rank.R3>([11, 11, 1], 0.25), tf.fill<tf.Rank.R3>([11, 11, 1], 0.75)];
    const c1 = (0.01 * 2) ** 2; // both variances are 0, so the second factor is 1
    expect(await ssim(low, high)).toBeCloseTo((2 * 0.25 * 0.75 + c1) / (0.25 ** 2 + 0.75 ** 2 + c1), 9);
    tf.dispose([image, low, high]);
  });
});

test('colourfulness is the mean distance between the channels of a pixel', async () => {
  const data = Float32Array.from([0.25, 0.25, 0.25, 0.5, 0.75, 1]);
  expect(await colourfulness({ data, shape: [1, 2, 3] })).toBeCloseTo(0.25);
  const grey = Float32Array.from([0.5, 0.5, 0.5, 1]); // alpha is no colour
  expect(await colourfulness({ data: grey, shape: [1, 1, 4] })).toBe(0);
});

const image = { data: new Float32Array(3), shape: [1, 1, 3] as const };
test.each([
  [
    () => l1(image, { data: new Float32Array(1), shape: [1, 1, 1] }),
    'INVALID_SHAPE',
    'l1: both images must have the same shape, got [1, 1, 3] and [1, 1, 1].',
  ],
  [
    () => psnr(undefined as never, image),
    'INVALID_ARGUMENT',
    'psnr: a must be an image [height, width, channels], a tensor or { data, shape }, got undefined. Pass the images of a batch one by one: tf.unstack.',
  ],
  [
    () => l1(image, { data: new Float32Array(2), shape: [1, 1, 3] }),
    'INVALID_SHAPE',
    'l1: b must be an image [height, width, channels], a tensor or { data, shape }, got the shape [1, 1, 3]. Pass the images of a batch one by one: tf.unstack.',
  ],
  [
    () => ssim(image, image),
    'INVALID_SHAPE',
    'ssim: images must have at least 11 × 11 pixels, the size of its window, got 1 × 1. Enlarge them first.',
  ],
  [
    () => ssim(image, image, { range: 0 }),
    'INVALID_OPTION',
    'ssim: option "range" must be a number above 0, got 0.',
  ],
  [
    () => psnr(image, image, { rang: 1 } as never),
    'UNKNOWN_OPTION',
    'psnr: unknown option "rang". Did you mean "range"?',
  ],
])('refuses %#', async (call, code, message) => {
  await expect(call()).rejects.toMatchObject({ code, message });
});

test('refuses batches and values that are not finite', async () => {
  await withoutLeaks(async () => {
    const [batch, broken] = [tf.zeros([2, 4, 4, 3]), tf.tensor3d([NaN], [1, 1, 1])];
    await expect(l1(batch as never, batch as never)).rejects.toMatchObject({
      code: 'INVALID_SHAPE',
      message:
        'l1: a must be an image [height, width, channels], a tensor or { data, shape }, got the shape [2, 4, 4, 3]. Pass the images of a batch one by one: tf.unstack.',
    });
    await expect(colourfulness(broken)).rejects.toMatchObject({
      code: 'NOT_A_NUMBER',
      message: 'colourfulness: the values of image must be finite, got NaN or infinity.',
    });
    tf.dispose([batch, broken]);
    const plain = { data: Float32Array.of(0, Infinity), shape: [1, 2, 1] as const };
    for (const metric of [l1, psnr, ssim]) {
      await expect(metric({ ...plain, data: Float32Array.of(0, 1) }, plain)).rejects.toMatchObject({
        code: 'NOT_A_NUMBER',
        message: `${metric.name}: the values of b must be finite, got NaN or infinity.`,
      });
    }
  });
});
