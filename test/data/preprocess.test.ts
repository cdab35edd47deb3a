import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {
  cropImage,
  flipImage,
  normalizeImage,
  preprocessImage,
  type PreprocessPlan,
  resizeImage,
  toLevels,
} from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { resizeLevels } from '../../src/data/resample.js';
import { readCase, tensorOf } from '../golden/format.js';
import { withoutLeaks } from '../support/leaks.js';

const folder = fileURLToPath(new URL('../golden/cases', import.meta.url));
type Shape = [number, number, number];
type Config = Pick<PreprocessPlan, 'filter'> & {
  resize: [number, number];
  crop: [number, number, number, number];
  flip: boolean;
};

/** A case, and its image as the resize gets it: K mirrors before. */
function golden(name: string) {
  const given = readCase(folder, name);
  const config = given.config as Config;
  const { data, shape } = tensorOf(given, 'input');
  const flip = config.flip && (given.source === 'K' ? 'first' : 'last');
  return {
    ...config,
    flip,
    data,
    shape: shape as Shape,
    want: (key: string) => tensorOf(given, key).data,
  } as const;
}

describe.each(['p-preprocess-down', 'p-preprocess-up', 'k-preprocess-down', 'k-preprocess-up'])(
  '%s',
  (name) => {
    const { data, shape, want, ...plan } = golden(name);

    test('as tensor functions', () =>
      withoutLeaks(async () => {
        const input = tf.tensor3d(data, shape);
        const y = preprocessImage(input, plan);
        // One image in a thousand may be a level off: a GPU's sums are float32, Pillow's are whole numbers.
        expect(await y.data()).toBeAllClose(want('out/y'), { rtol: 0, atol: 0.0079 });
        tf.dispose([input, y]);
      }));

    test('as plain arrays, bit for bit as in Pillow', () =>
      withoutLeaks(async () => {
        const input = tf.tensor3d(data, shape);
        const mirrored = plan.flip === 'first' ? flipImage(input) : tf.clone(input);
        const levels = await mirrored.data();
        const atol = plan.filter === 'bicubic' ? 1e-12 : 1e-4;
        expect(resizeLevels(levels, shape, plan.resize, plan.filter)).toBeAllClose(want('out/resized'), {
          rtol: 0,
          atol,
        });
        tf.dispose([input, mirrored]);
      }));
  },
);

const row = (...values: number[]) => tf.tensor3d(values, [1, values.length, 1]);

test('bilinear has half-pixel centres and does not average when it shrinks', () =>
  withoutLeaks(async () => {
    const x = row(0, 100);
    const doubled = resizeImage(x, [1, 4], 'bilinear');
    expect(await doubled.data()).toBeAllClose([0, 25, 75, 100]);
    const wide = row(0, 0, 0, 0, 200, 0, 0, 0, 0);
    const third = resizeImage(wide, [1, 3], 'bilinear');
    expect(await third.data()).toBeAllClose([0, 200, 0]); // only the middle pixel of three counts
    tf.dispose([x, doubled, wide, third]);
  }));

test('bicubic overshoots at edges, and is clipped there', () =>
  withoutLeaks(async () => {
    // At a quarter of a pixel the kernel with a = -0.5 weighs (-9, 111, 29, -3) / 128: -9 and -3 below 0 are cut off.
    const edge = row(0, 0, 0, 128, 128, 128);
    const doubled = resizeImage(edge, [1, 12], 'bicubic');
    expect(await doubled.data()).toBeAllClose([0, 0, 0, 0, 0, 26, 102, 137, 131, 128, 128, 128]);
    const bright = row(255, 255, 255, 127, 127, 127);
    const clipped = resizeImage(bright, [1, 12], 'bicubic');
    expect(await clipped.data()).toBeAllClose([255, 255, 255, 255, 255, 229, 153, 118, 124, 127, 127, 127]);
    tf.dispose([edge, doubled, bright, clipped]);
  }));

test('a crop beyond the image is black there', () =>
  withoutLeaks(async () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6], [2, 3, 1]);
    const part = cropImage(x, [1, 1, 2, 3]);
    expect(part.shape).toEqual([2, 3, 1]);
    expect(await part.data()).toEqual(Float32Array.of(5, 6, 0, 0, 0, 0));
    tf.dispose([x, part]);
  }));

test('flips left to right', () =>
  withoutLeaks(async () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const y = flipImage(x);
    expect(await y.data()).toEqual(Float32Array.of(3, 4, 1, 2, 7, 8, 5, 6));
    tf.dispose([x, y]);
  }));

test('Keras flips before the crop, PyTorch after it', () =>
  withoutLeaks(async () => {
    const x = row(0, 51, 102, 153, 204, 255);
    const plan = { resize: null, filter: 'bilinear', crop: [0, 0, 1, 2] } as const;
    const k = preprocessImage(x, { ...plan, flip: 'first' });
    const p = preprocessImage(x, { ...plan, flip: 'last' });
    expect(await k.data()).toBeAllClose([1, 0.6]);
    expect(await p.data()).toBeAllClose([-0.6, -1]);
    tf.dispose([x, k, p]);
  }));

test('levels to [-1, 1] and back: all 256, rounded, not truncated', () =>
  withoutLeaks(async () => {
    const all = tf.range(0, 256, 1, 'int32');
    const unit = normalizeImage(all);
    const [first, last] = [0, 255].map((i) => unit.dataSync()[i]);
    expect([first, last]).toEqual([-1, 1]);
    const back = toLevels(unit);
    expect(back.dtype).toBe('int32');
    expect(await back.data()).toEqual(await all.data());
    const between = tf.tensor1d([-7, -1 + 0.6 / 127.5, 0.999, 1.2]); // 0.6 and 254.87 levels
    const rounded = toLevels(between);
    expect(await rounded.data()).toEqual(Int32Array.of(0, 1, 255, 255));
    tf.dispose([all, unit, back, between, rounded]);
  }));
