/** Filters that stay become constants of a second program; the numbers are always those of the filters at hand. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scattered } from '../../../support/finite-differences.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

/** Runs with the same filters until they are frozen: one that compiles, and four more. */
const RUNS = 5;

type Network = (x: tf.Tensor, ...filters: tf.Tensor[]) => tf.Tensor;

const filtersOf = (shapes: number[][], seed = 1): tf.Variable[] =>
  shapes.map((shape, i) => tf.tidy(() => tf.variable(scattered(shape, seed + i))));

async function runOnce(network: Network, filters: tf.Tensor[], shape: number[], seed: number) {
  const x = scattered(shape, seed);
  const y = tf.tidy(() => network(x, ...filters));
  const numbers = await y.data();
  tf.dispose([x, y]);
  return [...numbers];
}

/** What the network gives on tfjs' cpu backend. */
async function expected(network: Network, filters: tf.Tensor[], shape: number[], seed: number) {
  const name = tf.getBackend();
  const numbers = await Promise.all(filters.map((filter) => filter.data()));
  await tf.setBackend('cpu');
  const copies = filters.map((filter, i) => tf.tensor(numbers[i]!, filter.shape));
  const want = await runOnce(network, copies, shape, seed);
  tf.dispose(copies);
  await tf.setBackend(name);
  return want;
}

/** Runs some times with different images; each must give what the cpu backend gives. */
async function check(network: Network, filters: tf.Tensor[], shape: number[], times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const seed = 50 + (i % 3);
    const want = await expected(network, filters, shape, seed);
    const got = await runOnce(network, filters, shape, seed);
    const largest = Math.max(...want.map(Math.abs));
    expect(got).toBeAllClose(want, { rtol: 2e-5, atol: 2e-5 * largest });
  }
}

async function useBackendWith(options: OnnxRuntimeBackendOptions, module: unknown = ort): Promise<void> {
  registerOnnxRuntimeBackend(module, { name: 'other', ...options });
  await tf.setBackend('other');
  onTestFinished(async () => {
    await tf.setBackend('onnxruntime');
    tf.removeBackend('other');
  });
}

const convolution: Network = (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
const image = [1, 8, 8, 64];
const filter = [3, 3, 64, 64];

describe('every kind of filter', () => {
  const networks: [string, Network, number[], number[][]][] = [
    ['3 × 3, in Winograd\'s form', convolution, image, [filter]],
    ['two after each other, padded with what lies inside', (x, v, w) => {
      const pad = (y: tf.Tensor) => tf.mirrorPad(y as tf.Tensor4D, [[0, 0], [1, 1], [1, 1], [0, 0]], 'reflect');
      const y = tf.relu(tf.conv2d(pad(x), v as tf.Tensor4D, 1, 'valid'));
      return tf.conv2d(pad(y), w as tf.Tensor4D, 1, 'valid');
    }, [2, 7, 9, 64], [filter, filter]],
    ['with stride and bias', (x, w, b) => tf.fused.conv2d({ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, strides: 2, pad: 'same', bias: b, activation: 'relu' }), image, [[4, 4, 64, 32], [32]]],
    ['4 × 4 with stride, in Winograd\'s form', (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'), [1, 64, 64, 16], [[4, 4, 16, 64]]],
    ['transposed', (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [1, 16, 16, 32], 2, 'same'), image, [[3, 3, 32, 64]]],
    ['depthwise', (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), image, [[9, 9, 64, 1]]],
    ['of volumes', (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same'), [1, 4, 4, 4, 16], [[3, 3, 3, 16, 16]]],
    ['of a batch norm', (x, w, m, v) => tf.batchNorm(convolution(x, w), m, tf.abs(v)), image, [filter, [64], [64]]],
    ['a dense layer', (x, w, b) => tf.fused.matMul({ a: x, b: w, bias: b }), [3, 128], [[128, 64], [64]]],
    ['a reshaped one that is also read', (x, w) => tf.add(convolution(x, tf.reshape(w, filter)), tf.mean(w)), image, [[9, 64, 64]]],
  ]; // prettier-ignore
  test.each(networks)('%s', (_, network, shape, shapes) =>
    withoutLeaks(async () => {
      const filters = filtersOf(shapes);
      const before = backend().stats().graphsFrozen;
      await check(network, filters, shape, RUNS + 3);
      expect(backend().stats().graphsFrozen - before).toBe(1);
      tf.dispose(filters);
    }),
  );
});

describe('when', () => {
  test('after some runs with the same filters; then they are fed no more', () =>
    withoutLeaks(async () => {
      await useBackendWith({});
      const filters = filtersOf([filter]);
      const frozen: number[] = [];
      const fed: number[] = [];
      for (let i = 0; i < RUNS + 2; i++) {
        const { bytesFed } = backend().stats();
        await runOnce(convolution, filters, image, i);
        frozen.push(backend().stats().graphsFrozen);
        fed.push(backend().stats().bytesFed - bytesFed);
      }
      const [x, w] = [8 * 8 * 64 * 4, 9 * 64 * 64 * 4];
      expect(frozen).toEqual([0, 0, 0, 0, 1, 1, 1]);
      expect(fed).toEqual([x + w, x + w, x + w, x + w, x, x, x]);
      expect(backend().stats()).toMatchObject({ graphsCompiled: 2, sessions: 2 });
      expect(backend().stats().sessionBytes).toBeGreaterThan(4 * w); // 36 numbers for 9
      tf.dispose(filters);
    }));

  test.each([
    ['36 numbers for 4 where Winograd’s algorithm takes a stride', 64, 9],
    ['once where it does not', 32, 1],
  ])('counting %s', (_, side, times) =>
    withoutLeaks(async () => {
      await useBackendWith({});
      const filters = filtersOf([[4, 4, 16, 64]]);
      const network: Network = (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same');
      for (let i = 0; i < RUNS; i++) await runOnce(network, filters, [1, side, side, 16], i);
      const bytes = 4 * 4 * 16 * 64 * 4;
      const { graphsFrozen, sessionBytes } = backend().stats();
      expect(graphsFrozen).toBe(1);
      // and the model as it was recorded, which has lists of places
      expect(sessionBytes / bytes).toBeGreaterThan(times);
      expect(sessionBytes / bytes).toBeLessThan(times + 5);
      tf.dispose(filters);
    }),
  );

  test('changed filters count at once, and what was frozen is released', () =>
    withoutLeaks(async () => {
      await useBackendWith({});
      const filters = filtersOf([filter]);
      await check(convolution, filters, image, RUNS + 1);
      const { sessions, sessionBytes } = backend().stats();
      tf.tidy(() => filters[0]!.assign(scattered(filter, 9)));
      await check(convolution, filters, image, 1);
      expect(backend().stats().sessions).toBe(sessions - 1);
      expect(backend().stats().sessionBytes).toBeLessThan(sessionBytes / 4);
      await check(convolution, filters, image, RUNS - 1);
      tf.dispose(filters);
    }));

  test('models of one shape in turns are frozen each', () =>
    withoutLeaks(async () => {
      await useBackendWith({});
      const [g, f] = [filtersOf([filter], 1), filtersOf([filter], 2)];
      for (let i = 0; i < 2 * RUNS; i++) {
        await check(convolution, g, image, 1);
        await check(convolution, f, image, 1);
      }
      expect(backend().stats().graphsFrozen).toBe(2);
      tf.dispose([g, f]);
    }));

  test('training is not, whatever of it stays', () =>
    withoutLeaks(async () => {
      await useBackendWith({});
      const model = new CycleGAN({ inputShape: [16, 16, 3], filters: 16, residualBlocks: 1, seed: 1 });
      const trainer = new CycleGANTrainer(model, { seed: 1 });
      const [a, b] = [scattered([1, 16, 16, 3], 1), scattered([1, 16, 16, 3], 2)] as tf.Tensor4D[];
      for (let i = 0; i < 3 * RUNS; i++) await trainer.trainStep(a!, b!);
      expect(backend().stats().graphsFrozen).toBe(0);
      for (let i = 0; i < RUNS; i++) {
        const fake = model.translate(a!, 'AtoB');
        await fake.data();
        fake.dispose();
      }
      expect(backend().stats().graphsFrozen).toBe(1);
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    }));

  test(
    'training is not while gradients accumulate, so that it resumes bit for bit',
    { timeout: 240_000 },
    () =>
      withoutLeaks(async () => {
        await useBackendWith({});
        const build = () => {
          // dropout: each step is recorded, and runs as other graphs do
          const model = new CycleGAN({
            inputShape: [16, 16, 3],
            filters: 16,
            residualBlocks: 1,
            dropout: true,
            seed: 1,
          });
          return { model, trainer: new CycleGANTrainer(model, { seed: 1, accumulate: 20 }) };
        };
        const steps = async ({ trainer }: ReturnType<typeof build>, from: number, to: number) => {
          const losses = [];
          for (let i = from; i < to; i++) {
            const [a, b] = [scattered([1, 16, 16, 3], i), scattered([1, 16, 16, 3], 50 + i)] as tf.Tensor4D[];
            losses.push(await trainer.trainStep(a!, b!));
            tf.dispose([a!, b!]);
          }
          return losses;
        };
        const dispose = ({ model, trainer }: ReturnType<typeof build>) => {
          trainer.dispose();
          model.dispose();
        };
        const whole = build();
        const expected = await steps(whole, 0, 9);
        const first = build();
        await steps(first, 0, 3);
        const state = await first.trainer.state();
        dispose(first);
        const second = build();
        second.trainer.restore(state);
        expect(await steps(second, 3, 9)).toEqual(expected.slice(3));
        expect(await second.trainer.state()).toEqual(await whole.trainer.state());
        expect(backend().stats().graphsFrozen).toBe(0);
        dispose(second);
        dispose(whole);
      }),
  );

  test('filters that change every few runs are given up', () =>
    withoutLeaks(async () => {
      await useBackendWith({});
      const filters = filtersOf([filter]);
      for (let epoch = 0; epoch < 20; epoch++) {
        for (let i = 0; i < 10; i++) await runOnce(convolution, filters, image, i);
        tf.tidy(() => filters[0]!.assign(scattered(filter, epoch)));
      }
      // after 4, then 8 runs; the next would have to wait 16
      expect(backend().stats()).toMatchObject({ graphsFrozen: 2, graphsCompiled: 3, sessions: 1 });
      await check(convolution, filters, image, 20);
      expect(backend().stats()).toMatchObject({ graphsFrozen: 3, sessions: 2 });
      tf.dispose(filters);
    }));

  test.each<[string, OnnxRuntimeBackendOptions]>([
    ['is turned off', { freeze: 'never' }],
    ['has no room among sessions', { maxSessions: 1 }],
    ['has no room in memory', { maxSessionBytes: 36 * 64 * 64 * 4 }],
  ])('not where it %s', (_, options) =>
    withoutLeaks(async () => {
      await useBackendWith(options);
      const filters = filtersOf([filter]);
      await check(convolution, filters, image, 2 * RUNS);
      expect(backend().stats()).toMatchObject({ graphsCompiled: 1, graphsFrozen: 0, sessions: 1 });
      tf.dispose(filters);
    }),
  );

  test('without it a translation gives the same bits each time', () =>
    withoutLeaks(async () => {
      await useBackendWith({ freeze: 'never' });
      const filters = filtersOf([filter]);
      const first = await runOnce(convolution, filters, image, 1);
      for (let i = 0; i < RUNS + 2; i++) {
        expect(await runOnce(convolution, filters, image, 1)).toEqual(first);
      }
      tf.dispose(filters);
    }));

  test('disposing of the backend releases all', () =>
    withoutLeaks(async () => {
      registerOnnxRuntimeBackend(ort, { name: 'passing' });
      await tf.setBackend('passing');
      const filters = filtersOf([filter]);
      for (let i = 0; i < RUNS; i++) await runOnce(convolution, filters, image, i);
      const passing = backend();
      expect(passing.stats().sessions).toBe(2);
      tf.dispose(filters);
      await tf.setBackend('onnxruntime');
      tf.removeBackend('passing');
      expect(passing.stats()).toMatchObject({ sessions: 0, sessionBytes: 0 });
    }));
});

test('with promises only, the general program runs until the frozen one is there', () =>
  withoutLeaks(async () => {
    await useBackendWith({}, web);
    const filters = filtersOf([filter]);
    for (let i = 0; i < 3 * RUNS; i++) await check(convolution, filters, image, 1);
    expect(backend().stats()).toMatchObject({ graphsFrozen: 1, sessions: 2 });
    tf.tidy(() => filters[0]!.assign(scattered(filter, 9)));
    await check(convolution, filters, image, 3);
    expect(backend().stats().sessions).toBe(1);
    tf.dispose(filters);
  }));
