/** A failure belongs to the values that depend on it, and keeps its first error; everything else goes on. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { CycleGANTrainer } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kernel } from '../../../../src/backends/onnxruntime/kernels/kernel.js';
import { Capture } from '../../../../src/core/capture.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { tinyBatch, tinyModel } from '../../../support/tiny.js';
import { backend, counting, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const InferenceSession = {
  create: (model: Uint8Array, options: object) => ort.InferenceSession.create(model, options),
};

/** Element `index` of [1, 2, 3]: known to be out of bounds only when it is computed. */
const elementAt = (index: number): tf.Tensor =>
  tf.tidy(() => tf.gather(tf.tensor1d([1, 2, 3]), tf.abs(tf.tensor1d([index], 'int32'))));

const outOfBounds = (index: number) =>
  new RegExp(
    '^onnxruntime backend: a graph of \\d+ kernels fails while it runs, at operator "Gather" of kernel "GatherV2" ' +
      `\\(inputs \\[3\\], \\[1\\]\\)\\. It says: .*indices element out of data bounds, idx=${index} `,
    's',
  );

const fails = async (tensor: tf.Tensor, pattern: RegExp | string): Promise<void> => {
  await expect(tensor.data()).rejects.toThrow(pattern);
};

const broken: Kernel = {
  inputs: ['x'],
  infer: ([x]) => [x!],
  lower: (call) => call.output(call.op('NoSuchOperator', [call.input(0)], {})),
};

describe.each([
  ['in Node', ort],
  ['in Node, with promises only', { ...ort, InferenceSession }],
  ['onnxruntime-web', web],
])('%s', (name, module) => {
  beforeAll(async () => {
    registerOnnxRuntimeBackend(module, { name });
    await tf.setBackend(name);
  });
  afterAll(async () => {
    await tf.setBackend('onnxruntime');
    tf.removeBackend(name);
  });

  test('unrelated tensors are computed while a value that failed is held', () =>
    withoutLeaks(async () => {
      const before = tf.square(2);
      const bad = elementAt(7);
      const after = tf.tidy(() => tf.add(tf.square(3), 1));
      await fails(bad, outOfBounds(7));
      expect([...(await before.data()), ...(await after.data())]).toEqual([4, 10]);
      const { runs } = await counting(async () => {
        for (const n of [1, 2, 3]) {
          const y = tf.tidy(() => tf.add(n, 1));
          expect([...(await y.data())]).toEqual([n + 1]);
          y.dispose();
        }
        await fails(bad, outOfBounds(7));
      });
      expect(runs).toBe(3); // what failed is not tried again
      expect(tf.memory().numTensors).toBeGreaterThan(0);
      tf.dispose([before, bad, after]);
    }));

  test('what depends on it has its error, recorded before or after; the rest of the graph has its values', () =>
    withoutLeaks(async () => {
      const bad = elementAt(7);
      const good = elementAt(1);
      const before = tf.tidy(() => [tf.neg(bad), tf.add(tf.square(bad), good)]);
      const beside = tf.tidy(() => tf.concat([good, good]));
      const error = await bad.data().then(
        () => undefined,
        (error: unknown) => error,
      );
      const after = tf.tidy(() => [tf.exp(bad), tf.add(good, tf.reshape(tf.slice(bad, 0, 1), [1, 1]))]);
      for (const tensor of [bad, ...before, ...after]) {
        expect(await tensor.data().catch((error: unknown) => error)).toBe(error);
      }
      expect([...(await good.data()), ...(await beside.data())]).toEqual([2, 2, 2]);
      expect(() => tf.topk(bad)).toThrow(error);
      tf.dispose([bad, good, before, beside, after]);
    }));

  test('independent failures have errors of their own', () =>
    withoutLeaks(async () => {
      const tensors = [elementAt(7), elementAt(0), elementAt(-8), elementAt(2), elementAt(9)];
      const sums = tf.tidy(() => [
        tf.add(tensors[0]!, tensors[1]!),
        tf.add(tensors[1]!, tensors[3]!),
        tf.add(tensors[3]!, tensors[4]!),
      ]);
      const info = backend().runKernel('Broken', broken, { x: tensors[3]! }, {}) as tf.TensorInfo;
      const refused = tf.engine().makeTensorFromTensorInfo(info);
      await fails(refused, /ONNX Runtime cannot compile a graph of \d+ kernels.*It says: .*NoSuchOperator/s);
      await fails(tensors[0]!, outOfBounds(7));
      await fails(tensors[2]!, outOfBounds(8));
      await fails(tensors[4]!, outOfBounds(9));
      await fails(sums[0]!, outOfBounds(7));
      await fails(sums[2]!, outOfBounds(9));
      const got = await Promise.all([tensors[1]!, tensors[3]!, sums[1]!].map((y) => y.data()));
      expect(got.map(([x]) => x)).toEqual([1, 3, 4]);
      tf.dispose([tensors, sums, refused]);
    }));

  test('a long recording that nobody reads goes on after a failure in it', () =>
    withoutLeaks(async () => {
      const bad = elementAt(7);
      const x = tf.tidy(() => tf.variable(tf.scalar(0)));
      for (let i = 0; i < 1200; i++) {
        tf.tidy(() => {
          x.assign(tf.add(x, 1));
        });
      }
      expect([...(await x.data())]).toEqual([1200]);
      await fails(bad, outOfBounds(7));
      tf.dispose([bad, x]);
    }));

  test('a computation that nobody reads fails silently', () =>
    withoutLeaks(async () => {
      const bad = elementAt(7);
      const good = tf.square(5);
      await backend().flush();
      expect([...(await good.data())]).toEqual([25]);
      await fails(bad, outOfBounds(7));
      tf.dispose([bad, good]);
    }));

  test('training goes on beside it, with the same losses', { timeout: 240_000 }, () =>
    withoutLeaks(async () => {
      const train = async () => {
        const model = tinyModel();
        const trainer = new CycleGANTrainer(model, { seed: 1 });
        const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
        const losses = [];
        for (let i = 0; i < 3; i++) losses.push(await trainer.trainStep(a, b));
        tf.dispose([a, b]);
        trainer.dispose();
        model.dispose();
        return losses;
      };
      const expected = await train();
      const bad = elementAt(7);
      expect(await train()).toEqual(expected);
      await fails(bad, outOfBounds(7));
      expect(await train()).toEqual(expected);
      bad.dispose();
    }),
  );

  test('more memory than there is is one kernel’s failure', () =>
    withoutLeaks(async () => {
      const huge = tf.tidy(() => tf.pad(elementAt(1), [[2 ** 40, 0]]));
      const sum = tf.tidy(() => tf.sum(huge));
      const good = tf.tidy(() => tf.add(elementAt(1), 1));
      for (const tensor of [sum, huge])
        await fails(tensor, /^onnxruntime backend: out of memory in a graph of \d+ kernels/);
      expect([...(await good.data())]).toEqual([3]);
      tf.dispose([huge, sum, good]);
    }));
});

describe('what is done again', () => {
  const computation = () => {
    const capture = new Capture(new Random(0));
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const run = (index: tf.Tensor) =>
      tf.tidy(
        () =>
          capture.run('f', 'f', [
            {
              inputs: [index],
              variables: [x],
              compute: () => ({ y: tf.gather(x, tf.abs(index)) }),
            },
          ])[0]!.y,
      );
    return { x, run };
  };
  const index = (i: number) => tf.tensor1d([i], 'int32');

  test('fails when it is recorded, and when it is done again, and goes on', () =>
    withoutLeaks(() => {
      const { x, run } = computation();
      const indices = [7, 1, -8, 2].map(index);
      const beside = tf.square(3);
      expect(() => run(indices[0]!)).toThrow(outOfBounds(7));
      const y = run(indices[1]!);
      expect(() => run(indices[2]!)).toThrow(outOfBounds(8));
      const z = run(indices[3]!);
      expect([y, z, beside].map((t) => t.dataSync()[0])).toEqual([2, 3, 9]);
      tf.dispose([x, indices, beside, y, z]);
    }));

  test('throws the error of an input that failed', () =>
    withoutLeaks(() => {
      const { x, run } = computation();
      const bad = tf.tidy(() => tf.cast(elementAt(9), 'int32'));
      const good = index(1);
      expect(() => run(bad)).toThrow(outOfBounds(9));
      const y = run(good);
      expect(() => run(bad)).toThrow(outOfBounds(9));
      const z = run(good);
      expect([y, z].map((t) => t.dataSync()[0])).toEqual([2, 2]);
      tf.dispose([x, bad, good, y, z]);
    }));
});
