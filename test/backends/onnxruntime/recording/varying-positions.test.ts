/** Parts at changing positions: a training with random crops compiles a constant number of graphs. */
import * as tf from '@tensorflow/tfjs';
import { planPreprocess, preprocessImage, Random } from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const range = (size: number) => Array.from({ length: size }, (_, i) => i);

/** [12, 10, 2], of which pixel (i, j) is 100·i + j, and its negative. */
const pixels = range(12).flatMap((i) => range(10).flatMap((j) => [100 * i + j, -100 * i - j]));
const image = () => tf.tensor3d(pixels, [12, 10, 2]);
const window = (top: number, left: number, height: number, width: number) =>
  range(height).flatMap((i) =>
    range(width).flatMap((j) => [100 * (top + i) + left + j, -100 * (top + i) - left - j]),
  );

/** All positions of windows of 4 × 3, in an order that looks random. */
const positions = range(9 * 8).map((i) => [((i * 31) % 72) % 9, Math.floor(((i * 31) % 72) / 9)] as const);

/** What changes while each position has its turn; values are compared each time. */
async function atAllPlaces(
  cut: (top: number, left: number) => tf.Tensor,
  want: (top: number, left: number) => number[],
) {
  return await counting(async () => {
    for (const [top, left] of positions) {
      const y = tf.tidy(() => cut(top, left));
      expect([...(await y.data())]).toEqual(want(top, left));
      y.dispose();
    }
  });
}

const crop = (top: number, left: number) => window(top, left, 4, 3);

describe('crops', () => {
  test('of a tensor with known values are cut on the host, and fed', () =>
    withoutLeaks(async () => {
      const x = image();
      const { compiled } = await atAllPlaces((top, left) => tf.neg(tf.slice(x, [top, left, 0], [4, 3, 2])), (...at) => crop(...at).map((v) => -v)); // prettier-ignore
      expect(compiled).toBe(1);
      x.dispose();
    }));

  test('of what is computed compile a few graphs, then none', () =>
    withoutLeaks(async () => {
      const x = image();
      const cut = (top: number, left: number) => tf.slice(tf.add(x, 0.5), [top, left, 0], [4, 3, 2]);
      const first = await atAllPlaces(cut, (...at) => crop(...at).map((v) => v + 0.5));
      expect(first.compiled).toBeLessThanOrEqual(10);
      expect(first.fallenBack).toEqual([]);
      const again = await atAllPlaces(cut, (...at) => crop(...at).map((v) => v + 0.5));
      expect(again.compiled).toBeLessThanOrEqual(1);
      x.dispose();
    }));

  test('that stridedSlice takes', () =>
    withoutLeaks(async () => {
      const x = image();
      const { compiled } = await atAllPlaces(
        (top, left) => tf.stridedSlice(tf.mul(x, 2), [top, left], [top + 4, left + 3]),
        (...at) => crop(...at).map((v) => 2 * v),
      );
      expect(compiled).toBeLessThanOrEqual(10);
      x.dispose();
    }));

  test('of integers, of lines that lie apart, and of bools', () =>
    withoutLeaks(async () => {
      for (const dtype of ['int32', 'bool'] as const) {
        const x = tf.tidy(() => tf.cast(image(), dtype));
        await atAllPlaces(
          (top, left) => tf.slice(x, [top, left, 1], [4, 3, 1]),
          (...at) => crop(...at).filter((_, i) => i % 2 === 1).map((v) => (dtype === 'bool' ? Number(v !== 0) : v + 0)), // prettier-ignore
        );
        x.dispose();
      }
    }));
});

test('padding at changing positions compiles a few graphs', () =>
  withoutLeaks(async () => {
    const x = tf.tensor3d([1, 2], [1, 2, 1]);
    const { compiled, fallenBack } = await atAllPlaces(
      (top, left) => tf.pad(tf.mul(x, 3), [[top, 8 - top], [left, 7 - left], [0, 0]], 0.5), // prettier-ignore
      (top, left) => range(9 * 9).map((i) => (i === top * 9 + left ? 3 : i === top * 9 + left + 1 ? 6 : 0.5)),
    );
    expect(compiled).toBeLessThanOrEqual(10);
    expect(fallenBack).toEqual([]);
    x.dispose();
  }));

test('a slice of a fill is a fill, and parts of a variable follow its values', () =>
  withoutLeaks(async () => {
    const v = tf.tidy(() => tf.variable(image()));
    const before = tf.tidy(() => tf.slice(v, [1, 1, 0], [1, 2, 2]));
    tf.tidy(() => v.assign(tf.neg(v)));
    const after = tf.tidy(() => tf.slice(v, [1, 1, 0], [1, 2, 2]));
    const fill = tf.tidy(() => tf.slice(tf.fill([3, 3], 7), [1, 0], [1, 2]));
    expect([...(await before.data())]).toEqual(window(1, 1, 1, 2));
    expect([...(await after.data())]).toEqual(window(1, 1, 1, 2).map((v) => -v));
    expect([...(await fill.data())]).toEqual([7, 7]);
    tf.dispose([v, before, after, fill]);
  }));

test.each([
  ['keras', { loadSize: 24, cropSize: 16 }],
  ['keras, without a resize', { loadSize: 20, cropSize: 16 }],
  ['pytorch', { loadSize: 24, cropSize: 16, convention: 'pytorch' as const }],
])('random crops of images in memory: %s', (_, options) =>
  withoutLeaks(async () => {
    const photo = tf.randomUniform<tf.Rank.R3>([20, 20, 3], 0, 255, 'float32', 1);
    const random = new Random(3);
    const plans = range(60).map(() => planPreprocess(options, [20, 20], random));
    const all: Float32Array[] = [];
    const preprocess = async () => {
      for (const plan of plans) {
        const y = preprocessImage(photo, plan);
        all.push((await y.data<'float32'>()).slice());
        y.dispose();
      }
    };
    const { compiled } = await counting(preprocess);
    expect(compiled).toBeLessThanOrEqual(20);
    await tf.setBackend('cpu');
    const got = all.splice(0);
    await preprocess();
    await tf.setBackend('onnxruntime');
    got.forEach((values, i) => expect(values).toBeAllClose(all[i]!, { atol: 1e-5 }));
    photo.dispose();
  }),
);
