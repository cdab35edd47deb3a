/**
 * A binding of onnxruntime-node whose `run` gives promises, everywhere or in other threads alone. It is the real one, wrapped,
 * in a copy of the package.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend } from '../engine.js';
import { expectSameLosses, threeSteps } from '../three-steps.js';

const { resolve } = createRequire(import.meta.url);

/** Appended to the package's `binding.js`. */
const wrapping = `
const { binding } = exports;
class InferenceSession extends binding.InferenceSession {
  run(...args) {
    const results = super.run(...args);
    const promises = process.env.PROMISES === 'everywhere' || !worker_threads_1.isMainThread;
    return promises ? Promise.resolve(results) : results;
  }
}
exports.binding = { ...binding, InferenceSession };
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'promises-'));
  const installed = join(dirname(resolve('onnxruntime-node')), '..');
  const copy = join(folder, 'node_modules/onnxruntime-node');
  await mkdir(copy, { recursive: true });
  await cp(join(installed, 'dist'), join(copy, 'dist'), { recursive: true });
  await cp(join(installed, 'package.json'), join(copy, 'package.json'));
  await symlink(join(installed, 'bin'), join(copy, 'bin'), 'dir');
  const common = join(
    dirname(createRequire(join(installed, 'package.json')).resolve('onnxruntime-common')),
    '../..',
  );
  await cp(common, join(folder, 'node_modules/onnxruntime-common'), { recursive: true }); // it knows one binding
  const binding = join(copy, 'dist/binding.js');
  await writeFile(binding, (await readFile(binding, 'utf8')) + wrapping);
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['everywhere', false],
  ['in other threads', true],
])('promises %s', (where, isSync) =>
  withoutLeaks(async () => {
    const truth = await threeSteps();
    process.env.PROMISES = where;
    const ort: unknown = createRequire(join(folder, 'program.js'))('onnxruntime-node');
    registerOnnxRuntimeBackend(ort, { name: where });
    await tf.setBackend(where);

    const sum = tf.add([1, 2], 3);
    if (isSync) expect([...sum.dataSync()]).toEqual([4, 5]);
    else expect(() => sum.dataSync()).toThrow('it answers with promises only. Use await tensor.data()');
    expect([...(await sum.data())]).toEqual([4, 5]);
    sum.dispose();

    expectSameLosses(await threeSteps(), truth);
    expect(backend().concurrency).toBe(1);
    expect(backend().stats().arraysInThreads).toBe(0);
    await tf.setBackend('cpu');
    tf.removeBackend(where);
  }),
);
