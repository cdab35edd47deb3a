/** As many programs run at the same time as there are threads; three here. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { expect, onTestFinished, test } from 'vitest';
import { RecordingBackend } from '../../../../src/backends/onnxruntime/backend.js';
import { nodeRuntime } from '../../../../src/backends/onnxruntime/runtime/node-binding.js';
import { resolveBackendOptions } from '../../../../src/backends/onnxruntime/runtime/options.js';
import { OrtThread, type WorkerThreads } from '../../../../src/backends/onnxruntime/runtime/ort-thread.js';
import { sessionOptions } from '../../../../src/backends/onnxruntime/runtime/session-options.js';
import { threadPool } from '../../../../src/backends/onnxruntime/runtime/thread-pool.js';
import { trialOf } from '../../../../src/backends/onnxruntime/runtime/trial.js';
import { type Computation, Capture } from '../../../../src/core/capture.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const options = resolveBackendOptions('test', { name: 'three' });
const session = sessionOptions(['cpu'], options);
const trial = trialOf({ winograd: 'never', onWebGPU: false, precision: 'float32' });

function begin(): OrtThread {
  const { model, feeds, fetches } = trial;
  const path = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), 'binding.js');
  const node = process.getBuiltinModule('worker_threads') as unknown as WorkerThreads;
  return new OrtThread(node, path, { model, feeds, fetches }, process, false);
}

test('three computations at the same time give what one after the other gives', async () => {
  registerOnnxRuntimeBackend(ort, { name: 'three' }); // and its kernels, which stay
  tf.removeBackend('three');
  const runtime = nodeRuntime(ort, session)!;
  tf.registerBackend(
    'three',
    () => new RecordingBackend({ ...runtime, threads: () => threadPool(begin, 3, session, 3) }, options),
  );
  await tf.setBackend('three');
  onTestFinished(async () => {
    tf.removeBackend('three');
    await tf.setBackend('onnxruntime');
  });
  await withoutLeaks(() => {
    expect(backend().concurrency).toBe(3);
    const capture = new Capture(new Random(0));
    const shared = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const own = [2, 3, 5, 7].map((value) => tf.tidy(() => tf.variable(tf.scalar(value))));
    // the fourth runs after the three; at each turn another thread computes with another variable
    const step = (turn: number): number[][] =>
      tf.tidy(() => {
        const computations = own.map((_, i): Computation => {
          const x = own[(i + turn) % 4]!;
          return {
            inputs: [],
            variables: [shared, x],
            compute: () => {
              x.assign(tf.add(x, i));
              return { y: tf.mul(shared, x) };
            },
          };
        });
        const outputs = capture.run('four', 'k', computations, true);
        return outputs.map(({ y }) => [...y!.dataSync()]);
      });
    const values = [2, 3, 5, 7];
    for (let turn = 0; turn < 6; turn++) {
      const want = values.map((_, i) => (values[(i + turn) % 4]! += i)).map((x) => [x, 2 * x, 3 * x]);
      expect(step(turn)).toEqual(want);
    }
    expect(own.map((x) => x.dataSync()[0])).toEqual(values);
    tf.dispose([shared, ...own]);
  });
});

test('programs that run at the same time share the cores', () => {
  const given: unknown[] = [];
  const thread = {
    createSession: (_: unknown, { intraOpNumThreads }: typeof session) => given.push(intraOpNumThreads),
  };
  const pool = threadPool(() => thread as unknown as OrtThread, 8, session, 3)!;
  expect(pool.concurrency).toBe(3);
  for (const [index, count] of [
    [0, 1],
    [1, 2],
    [2, 3],
  ] as const) {
    // prettier-ignore
    pool.createSession(new Uint8Array(), { enableCpuMemArena: false }, { index, count }, [], []);
  }
  expect(given).toEqual([undefined, 4, 2]); // alone: ONNX Runtime's default
});

test('where a thread does not begin there are as many as have begun', () => {
  const thread = Object.create(null) as OrtThread;
  let begun = 0;
  const failing = (after: number) => (): OrtThread => {
    if (begun++ === after) throw new Error('no');
    return thread;
  };
  expect(threadPool(failing(2), 8, session, 4)!.concurrency).toBe(2);
  begun = 0;
  expect(threadPool(failing(0), 8, session, 4)).toBeUndefined();
  expect(begun).toBe(1);
});
