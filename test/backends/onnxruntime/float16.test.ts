/**
 * Convolutions in float16, on the CPU provider, which rounds their operands and results: the truth is tfjs' cpu backend with operands
 * and results that are rounded here.
 */
import { f16round } from '@petamoriken/float16';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { reflectPad2d } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { registerFloat16OnCpu } from './float16-on-cpu.js';
import { bitsOf, step, translateAndTrain, withTrainer } from './webgpu/translate-and-train.js';

beforeAll(() => {
  registerFloat16OnCpu('float16');
  registerFloat16OnCpu('float16, Winograd', { winograd: 'always' });
  registerOnnxRuntimeBackend(ort, { name: 'float32' });
});
afterEach(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => {
  for (const name of ['float16', 'float16, Winograd', 'float32']) tf.removeBackend(name);
});

type Convolution = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;
type Name = 'x' | 'w' | 'dy';
type Operands = Record<Name, { shape: number[]; values: Float32Array }>;

/** y, dx and dw on the backend `name`. */
async function compute(name: string, f: Convolution, operands: Operands) {
  await tf.setBackend(name);
  const results = tf.tidy(() => {
    const [x, w, dy] = (['x', 'w', 'dy'] as const).map((of) =>
      tf.tensor(operands[of].values, operands[of].shape),
    );
    const [dx, dw] = tf.grads(f as never)([x!, w!], dy);
    return [f(x as tf.Tensor4D, w as tf.Tensor4D), dx!, dw!];
  });
  const [y, dx, dw] = (await Promise.all(results.map((tensor) => tensor.data()))) as Float32Array[];
  tf.dispose(results);
  return { y: y!, dx: dx!, dw: dw! };
}

const largestOf = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const rounded = (values: Float32Array): Float32Array => values.map((value) => f16round(value));

/** What float16 makes of y, and of dx, which is computed of dy divided by its largest absolute value. */
async function truthOf(f: Convolution, { x, w, dy }: Operands) {
  const largest = largestOf(dy.values);
  const { y, dx } = await compute('cpu', f, {
    x: { ...x, values: rounded(x.values) },
    w: { ...w, values: rounded(w.values) },
    dy: { ...dy, values: rounded(dy.values.map((value) => value / largest)) },
  });
  return { y: rounded(y), dx: rounded(dx).map((value) => value * largest) };
}

/** Sums differ in the last bits of float32, so they may round to the next float16, as often as they are rounded. */
function expectSameHalves(got: Float32Array, want: Float32Array, roundings: number): void {
  const sums = roundings === 1 ? 1e-6 : (roundings / 2) * 2 ** -10;
  expect(got).toBeAllClose(want, { rtol: 2 ** -10, atol: sums * largestOf(want) });
}

const worst = (got: Float32Array, other: Float32Array): number =>
  largestOf(got.map((value, i) => value - other[i]!)) / largestOf(other);

const conv =
  (strides: number, pad: 'same' | 'valid'): Convolution =>
  (x, w) =>
    tf.conv2d(x, w, strides, pad);

type Shape = [number, number, number, number];

function operandsOf(f: Convolution, xShape: number[], wShape: number[], scaleOfDy: number): Operands {
  const yShape = tf.tidy(() => f(tf.zeros(xShape as Shape), tf.zeros(wShape as Shape)).shape);
  const operand = (shape: number[], seed: number, scale = 1) => {
    const length = tf.util.sizeFromShape(shape);
    const values = Float32Array.from({ length }, (_, i) => Math.sin(1 + 7 * i + 13 * seed) * scale);
    return { shape, values };
  };
  return { x: operand(xShape, 0), w: operand(wShape, 1), dy: operand(yShape, 2, scaleOfDy) };
}

// How often the sums of y and dx are rounded: rows of a filter, and what a border folds back, are added in float32.
test.each<[string, Convolution, x: number[], w: number[], roundings?: [y: number, dx: number]]>([
  ['stride 1', conv(1, 'same'), [1, 8, 8, 3], [3, 3, 3, 5]],
  ['stride 1, to fewer channels: dx is a convolution', conv(1, 'same'), [2, 8, 8, 6], [3, 3, 6, 4]],
  ['stride 2', conv(2, 'same'), [1, 9, 9, 3], [4, 4, 3, 5]],
  ['row by row of the filter', conv(1, 'valid'), [1, 9, 9, 16], [7, 7, 16, 3], [7, 1]],
  ['dx phase by phase', conv(2, 'same'), [1, 128, 128, 16], [3, 3, 16, 1]],
  ['reflected', (x, w) => conv(1, 'valid')(reflectPad2d(x, 1), w), [1, 8, 8, 3], [3, 3, 3, 5], [1, 4]],
  [
    'with a bias',
    (x, filter) => tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias: tf.fill([4], 0.25) }),
    [1, 8, 8, 3],
    [3, 3, 3, 4],
  ],
  ['depthwise', (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'), [1, 8, 8, 4], [3, 3, 4, 2]],
  ['volumes', (x, w) => tf.conv3d(x as never, w as never, 1, 'same'), [1, 4, 5, 6, 2], [3, 3, 3, 2, 3]],
])('a convolution in float16, and the gradients: %s', async (_, f, x, w, [ofY, ofDx] = [1, 1]) => {
  await withoutLeaks(async () => {
    // As a float16, a gradient of 1e-12 would be 0.
    for (const scale of [1, 1e-12]) {
      const operands = operandsOf(f, x, w, scale);
      const truth = await truthOf(f, operands);
      const exact = await compute('cpu', f, operands);
      for (const backend of ['float16', 'float16, Winograd']) {
        const { y, dx, dw } = await compute(backend, f, operands);
        expectSameHalves(y, truth.y, ofY);
        expectSameHalves(dx, truth.dx, ofDx);
        expect(Math.min(worst(y, exact.y), worst(dx, exact.dx))).toBeGreaterThan(1e-5); // it is not float32
        expect(worst(dw, exact.dw)).toBeLessThan(5e-5);
      }
    }
  });
});

test('convolutions with few windows and matrix products are float32', async () => {
  await withoutLeaks(async () => {
    const products: [Convolution, number[], number[]][] = [
      [conv(1, 'same'), [1, 8, 8, 16], [3, 3, 16, 16]],
      [(a, b) => tf.matMul(a, b), [6, 7], [7, 5]],
    ];
    for (const [f, a, b] of products) {
      const operands = operandsOf(f, a, b, 1);
      const exact = await compute('cpu', f, operands);
      const got = await compute('float16', f, operands);
      for (const name of ['y', 'dx', 'dw'] as const) expect(worst(got[name], exact[name])).toBeLessThan(2e-5);
    }
  });
});

test('elements above 65,504 become infinite, gradients that are 0 stay 0, and large ones are no problem', async () => {
  await tf.setBackend('float16');
  await withoutLeaks(async () => {
    const filter = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    const gradient = (dy: number[]) =>
      tf.tidy(() => tf.grad((x) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'same'))(
        tf.zeros([1, 1, dy.length, 1]), tf.tensor4d(dy, [1, 1, dy.length, 1])).dataSync()); // prettier-ignore
    const y = tf.tidy(() => tf.conv2d(tf.tensor4d([65504, 70000, -70000], [1, 1, 3, 1]), filter, 1, 'same'));
    expect([...(await y.data())]).toEqual([65504, Infinity, -Infinity]);
    expect([...gradient([0, 0])]).toEqual([0, 0]);
    expect([...gradient([1e9, -5e8])]).toEqual([Math.fround(1e9), -5e8]);
    tf.dispose([filter, y]);
  });
});

test('translates, trains by replays, and resumes bit for bit; states go from one precision to the other', async () => {
  const [single, half] = await ['float32', 'float16'].reduce(async (before, name) => {
    const outcomes = await before;
    await tf.setBackend(name);
    return [...outcomes, await translateAndTrain()];
  }, Promise.resolve<Awaited<ReturnType<typeof translateAndTrain>>[]>([]));
  const differences = half!.translation.map((value, i) => Math.abs(value - single!.translation[i]!));
  expect(Math.max(...differences)).toBeLessThan(2 ** -7); // one level of 255
  expect(Math.max(...differences)).toBeGreaterThan(1e-4);
  const perStep = half!.losses.length / 10;
  half!.losses.slice(0, 3 * perStep).forEach((loss, i) => {
    expect(Math.abs(loss / single!.losses[i]! - 1)).toBeLessThan(0.03);
  });
  // Small losses of later steps differ most, in proportion: each step adds its own roundings.
  expect(half!.losses).toBeAllClose(single!.losses, { rtol: 0.01, atol: 0.02 });
  expect(half).toMatchObject({ resumes: true, leaked: 0 });
  for (const { kernelsRecorded } of half!.steps) expect(kernelsRecorded).toBeLessThan(10);

  const ofHalf = await withTrainer(async (trainer) => {
    await step(trainer, 0);
    return { state: await trainer.state(), losses: await step(trainer, 1) };
  });
  await tf.setBackend('float32');
  await withTrainer(async (trainer) => {
    trainer.restore(ofHalf.state);
    expect(bitsOf(await trainer.state())).toBe(bitsOf(ofHalf.state));
    (await step(trainer, 1)).forEach((loss, i) => {
      expect(Math.abs(loss / ofHalf.losses[i]! - 1)).toBeLessThan(0.01);
    });
  });
});
