/** What was recorded once and is run again: the same values as when it is recorded each time. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CycleGAN, type CycleGANOptions, CycleGANTrainer, type CycleGANTrainerOptions } from 'ts-cyclegan';
import { Capture } from '../../../../src/core/capture.js';
import { type Draws } from '../../../../src/core/draws.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

afterEach(() => {
  vi.restoreAllMocks();
});

/** A replayed computation of one input, and how often it was called. */
function replayed(f: (x: tf.Tensor) => tf.Tensor, variables: tf.Variable[] = []) {
  const capture = new Capture(new Random(0));
  let calls = 0;
  return {
    calls: () => calls,
    run: async (x: tf.Tensor, key: string | undefined = 'f'): Promise<number[]> => {
      const compute = () => {
        calls++;
        return { y: f(x) };
      };
      const { y } = tf.tidy(() => capture.run('f', key, [{ inputs: [x], variables, compute }])[0]!);
      const data = [...(await y.data())];
      y.dispose();
      return data;
    },
  };
}

const inputs = (...lists: number[][]): tf.Tensor[] => lists.map((list) => tf.tensor1d(list));

describe('a replayed computation', () => {
  test('is called once, and follows its inputs and variables', () =>
    withoutLeaks(async () => {
      const w = tf.tidy(() => tf.variable(tf.tensor1d([10, 20])));
      const f = replayed(
        (x) => {
          w.assign(tf.add(w, x));
          return tf.mul(w, 2);
        },
        [w],
      );
      const [a, b] = inputs([1, 2], [5, 6]);
      expect(await f.run(a!)).toEqual([22, 44]);
      const { compiled, recorded } = await counting(async () => {
        expect(await f.run(b!)).toEqual([32, 56]);
        w.assign(a as tf.Tensor1D); // by somebody else
        expect(await f.run(b!)).toEqual([12, 16]);
      });
      expect([f.calls(), compiled, recorded]).toEqual([1, 0, 0]);
      expect([...w.dataSync()]).toEqual([6, 8]);
      tf.dispose([a!, b!, w]);
    }));

  test('with an input that cannot be computed throws, and the other inputs stay readable', () =>
    withoutLeaks(() => {
      const [x, index] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([7], 'int32')];
      const failing = tf.tidy(() => tf.gather(x, tf.abs(index)));
      const compute = () => ({ y: tf.add(x, failing) });
      expect(() =>
        new Capture(new Random(0)).run('f', 'f', [{ inputs: [x, failing], variables: [], compute }]),
      ).toThrow(/^onnxruntime backend: a graph of \d kernels fails while it runs.*out of data bounds/s);
      expect([...x.dataSync()]).toEqual([1, 2, 3]);
      expect(tf.tidy(() => [...tf.mul(x, 2).dataSync()])).toEqual([2, 4, 6]);
      tf.dispose([x, index, failing]);
    }));

  test('takes what is pending, filled, all ones, or a view of a larger tensor', () =>
    withoutLeaks(async () => {
      const f = replayed((x) =>
        tf.concat<tf.Tensor>([tf.slice(x, 100, 150), tf.mul(x, tf.slice(x, 0, 300)), tf.add(x, 1)]),
      );
      const want = (x: number[]) => [...x.slice(100, 250), ...x.map((v) => v * v), ...x.map((v) => v + 1)];
      const numbers = Array.from({ length: 300 }, (_, i) => i / 8);
      const ones = numbers.map(() => 1);
      const makers: [() => tf.Tensor, number[]][] = [
        [() => tf.ones([300]), ones],
        [() => tf.tensor1d(numbers), numbers],
        [() => tf.fill([300], 3), numbers.map(() => 3)],
        [() => tf.mul(tf.tensor1d(numbers), 2), numbers.map((x) => x * 2)],
        [() => tf.slice(tf.tensor1d([9, ...numbers]), 1, 300), numbers],
        [() => tf.zeros([300]), numbers.map(() => 0)],
      ];
      for (const [make, numbers] of makers) {
        const x = tf.tidy(make);
        expect(await f.run(x)).toEqual(want(numbers));
        expect([...(await x.data())]).toEqual(numbers);
        x.dispose();
      }
      expect(f.calls()).toBe(1);
    }));

  test('gives back inputs, constants, and one result twice', () =>
    withoutLeaks(() => {
      const capture = new Capture(new Random(0));
      const constant = tf.tensor1d([7]);
      const run = (x: tf.Tensor) =>
        capture.run('g', 'g', [
          {
            inputs: [x],
            variables: [],
            compute: () => {
              const y = tf.square(x);
              return {
                same: tf.clone(x),
                seven: tf.clone(constant),
                y,
                again: tf.reshape(y, [1, 1]),
                one: tf.add(constant, 1),
              };
            },
          },
        ])[0]!;
      for (const number of [2, 3, 4]) {
        const x = tf.tensor1d([number]);
        const outputs = run(x);
        const numbers = Object.entries(outputs).map(([name, t]) => [name, t.shape, t.dataSync()[0]]);
        expect(numbers).toEqual([
          ['same', [1], number],
          ['seven', [1], 7],
          ['y', [1], number ** 2],
          ['again', [1, 1], number ** 2],
          ['one', [1], 8],
        ]); // prettier-ignore
        tf.dispose([x, outputs]);
      }
      constant.dispose();
    }));

  test('is called anew for another key, another shape, another backend', () =>
    withoutLeaks(async () => {
      let factor = 2;
      const f = replayed((x) => tf.mul(x, factor));
      const [a, b] = inputs([1, 2], [3, 4, 5]);
      expect(await f.run(a!, 'twice')).toEqual([2, 4]);
      factor = 3;
      expect(await f.run(a!, 'thrice')).toEqual([3, 6]);
      expect(await f.run(a!, 'thrice')).toEqual([3, 6]);
      expect(f.calls()).toBe(2);
      expect(await f.run(b!, 'thrice')).toEqual([9, 12, 15]);
      expect(f.calls()).toBe(3);
      expect(await f.run(a!, undefined)).toEqual([3, 6]);
      expect(f.calls()).toBe(4);
      await tf.setBackend('cpu');
      expect(await f.run(b!, 'thrice')).toEqual([9, 12, 15]);
      await tf.setBackend('onnxruntime');
      expect(f.calls()).toBe(5);
      tf.dispose([a!, b!]);
    }));

  test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['reads its input', (x) => tf.add(x, x.dataSync()[0]!)],
    ['reads what it computes', (x) => tf.add(x, tf.square(x).dataSync()[0]!)],
    [
      'has a kernel that runs on the cpu backend',
      (x) => tf.add(x, tf.unique(tf.tensor1d([5, 5])).values.slice(0, 1)),
    ],
    ['has a kernel of its input that runs on the cpu backend', (x) => tf.unique(x).values],
  ])('is called each time if it %s', (_, f) =>
    withoutLeaks(async () => {
      const again = replayed(f);
      for (const numbers of [
        [1, 2],
        [3, 3],
        [4, 6],
      ]) {
        // prettier-ignore
        const [x] = inputs(numbers);
        const got = await again.run(x!);
        const want = tf.tidy(() => f(x!));
        expect(got).toEqual([...(await want.data())]);
        tf.dispose([x!, want]);
      }
      expect(again.calls()).toBe(3);
    }),
  );

  test('is called each time with the same tensor in two places, or with complex numbers', () =>
    withoutLeaks(async () => {
      const capture = new Capture(new Random(0));
      let calls = 0;
      const run = (x: tf.Tensor, y: tf.Tensor) => {
        const compute = () => {
          calls++;
          return { z: tf.tidy(() => tf.sub(tf.mul(x, 2), y)) };
        };
        const { z } = capture.run('h', 'h', [{ inputs: [x, y], variables: [], compute }])[0]!;
        const data = [...z.dataSync()];
        z.dispose();
        return data;
      };
      const [a, b] = inputs([1, 2], [5, 7]);
      expect(run(a!, a!)).toEqual([1, 2]);
      expect(run(a!, b!)).toEqual([-3, -3]);
      expect(run(b!, a!)).toEqual([9, 12]);
      expect(run(b!, b!)).toEqual([5, 7]); // by replay: two inputs may become one
      expect(calls).toBe(2);
      const c = tf.tidy(() => tf.complex([1], [2]));
      const f = replayed((x) => tf.real(x));
      expect([await f.run(c), await f.run(c), f.calls()]).toEqual([[1], [1], 2]);
      tf.dispose([a!, b!, c]);
    }));

  test('leaves what was recorded before and beside it to be computed', () =>
    withoutLeaks(async () => {
      const [x] = inputs([1, 2]);
      const before = tf.square(x!);
      let beside!: tf.Tensor;
      const f = replayed((x) => {
        beside = tf.keep(tf.mul(x, 3));
        return tf.neg(beside);
      });
      expect(await f.run(x!)).toEqual([-3, -6]);
      const first = beside;
      const later = tf.add(first, 1);
      expect(await f.run(x!)).toEqual([-3, -6]);
      expect([before, first, later].map((t) => [...t.dataSync()])).toEqual([[1, 4], [3, 6], [4, 7]]); // prettier-ignore
      tf.dispose([x!, before, first, later]);
    }));

  test('throws what it throws, and its inputs keep their numbers', () =>
    withoutLeaks(async () => {
      const [x] = inputs([1, 2]);
      let fails = true;
      const f = replayed((x) => {
        if (fails) throw new Error('not yet');
        return tf.neg(x);
      });
      await expect(f.run(x!)).rejects.toThrow('not yet');
      expect([...x!.dataSync()]).toEqual([1, 2]);
      fails = false;
      expect(await f.run(x!)).toEqual([-1, -2]);
      x!.dispose();
    }));
});

interface Case {
  name: string;
  model?: CycleGANOptions;
  trainer?: CycleGANTrainerOptions;
  batch?: number;
  size?: [number, number];
}

/** Five steps with whatever may change between two. */
async function train({ model: modelOptions, trainer: trainerOptions, batch = 1, size = [16, 16] }: Case) {
  const inputShape: [number, number, number] = [...size, 3];
  const model = new CycleGAN({
    inputShape,
    filters: 4,
    seed: 3,
    ...(modelOptions?.generator !== 'unet' && { residualBlocks: 1 }),
    ...modelOptions,
  });
  const trainer = new CycleGANTrainer(model, { seed: 1, poolSize: 2, ...trainerOptions });
  const losses: number[][] = [];
  const recorded: number[] = [];
  for (let i = 0; i < 5; i++) {
    const [a, b] = [0, 1].map((k) =>
      tf.randomUniform<tf.Rank.R4>([batch, ...inputShape], -1, 1, 'float32', 2 * i + k + 1),
    );
    if (i === 3) {
      tf.tidy(() => {
        model.generatorG.setWeights(model.generatorG.getWeights().map((w) => tf.mul(w, 1.01)));
      });
    }
    const before = backend().stats().kernelsRecorded;
    losses.push(Object.values<number>({ ...(await trainer.trainStep(a!, b!)) }));
    recorded.push(backend().stats().kernelsRecorded - before);
    tf.dispose([a!, b!]);
  }
  const weights = [model.generatorG, model.generatorF, model.discriminatorX, model.discriminatorY].map(
    (network) => network.getWeights().map((w) => [...w.dataSync()]),
  );
  const averages = await trainer.withAverages(() =>
    model.generatorF.getWeights().map((w) => [...w.dataSync()]),
  );
  const state = await trainer.state();
  trainer.dispose();
  model.dispose();
  return { losses, weights, averages, state: JSON.stringify(state), recorded };
}

test('draws follow the stream, also if a replay is gone or a computation throws', () =>
  withoutLeaks(async () => {
    vi.spyOn(backend(), 'trace').mockImplementation((computations) => {
      for (const { compute } of computations) compute();
      return () => undefined; // as when a program was evicted
    });
    const random = new Random(5);
    const capture = new Capture(random);
    const run = async (name: string, before: () => void = () => undefined) => {
      const compute = (draws: Draws) => {
        before();
        return { drawn: draws.uniform([2]) };
      };
      const { drawn } = tf.tidy(() => capture.run(name, 'key', [{ inputs: [], variables: [], compute }])[0]!);
      const values = [...(await drawn.data())];
      drawn.dispose();
      return values;
    };
    const stream = new Random(5);
    const next = () => [stream.uniform(), stream.uniform()];
    for (let i = 0; i < 3; i++) expect(await run('f')).toBeAllClose(next(), { rtol: 1e-6 });
    const state = random.state();
    await expect(
      run('f', () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    random.restore(state); // as a trainer does
    for (const name of ['g', 'f', 'g']) expect(await run(name)).toBeAllClose(next(), { rtol: 1e-6 });
  }));

describe('training', () => {
  test.each<Case>([
    { name: "PyTorch's convention, EMA", trainer: { ema: 0.9 } },
    { name: "Keras' convention", model: { convention: 'keras' }, trainer: { ema: 0.9 } },
    { name: 'batch norm', model: { norm: 'batch' }, trainer: { ema: 0.9 }, batch: 2 },
    {
      name: 'batch norm, little memory, no identity loss',
      model: { norm: 'batch' },
      trainer: { memory: 'low', lambdaIdentity: 0 },
      batch: 2,
    },
    { name: 'a U-Net', model: { generator: 'unet', levels: 5 }, size: [32, 32] },
    { name: 'accumulated gradients', trainer: { accumulate: 2 } },
    {
      name: 'images that are not square, little memory',
      size: [12, 20],
      trainer: { memory: 'low' },
    },
    { name: 'no identity loss', trainer: { lambdaIdentity: 0, adversarial: 'hinge' } },
    { name: 'a gradient penalty', trainer: { adversarial: 'wgan-gp' } },
    { name: 'clipped weights', trainer: { adversarial: 'wgan' } },
    { name: 'augmentation', trainer: { augment: ['color', 'translation', 'cutout'] }, batch: 2 },
    { name: 'dropout', model: { dropout: true } },
  ] as Case[])('gives the same values replayed: $name', { timeout: 60_000 }, (which) =>
    withoutLeaks(async () => {
      const replayed = await train(which);
      const trace = vi.spyOn(backend(), 'trace').mockImplementation((computations) => {
        for (const { compute } of computations) compute();
        void backend().flush();
        return undefined;
      });
      const recorded = await train(which);
      trace.mockRestore();
      // kernels of the second and third step, beside those of pools and of what is read
      const share = replayed.recorded[2]! / recorded.recorded[2]!;
      expect(share).toBeLessThan(0.7);
      for (const name of ['losses', 'weights', 'averages', 'state'] as const) {
        expect(replayed[name]).toEqual(recorded[name]);
      }
    }),
  );
});
