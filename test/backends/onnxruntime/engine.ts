/** Sets up the backend for the tests of this folder, and tells what it has done. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import {
  type OnnxRuntimeBackendOptions,
  type OnnxRuntimeStats,
  registerOnnxRuntimeBackend,
} from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { RecordingBackend } from '../../../src/backends/onnxruntime/backend.js';
import { decodeModel } from '../../../src/onnx/index.js';
import { useBackend } from '../../golden/backends.js';

export function onOnnxRuntime(): void {
  beforeAll(async () => {
    await useBackend('onnxruntime');
  });
}

/** A backend that answers with promises alone, as in browsers. */
export const asynchronous = 'with promises only';

/** The tests of a `describe` run on this backend. */
export function onBackend(name: string): void {
  beforeAll(async () => {
    if (name === asynchronous) registerOnnxRuntimeBackend(web, { name });
    await tf.setBackend(name);
  });
  afterAll(async () => {
    await tf.setBackend('onnxruntime');
    if (name === asynchronous) tf.removeBackend(name);
  });
}

export const backend = (): RecordingBackend => tf.backend() as unknown as RecordingBackend;

/** What changes in the backend's counters while `body` runs. */
export async function counting(
  body: () => unknown,
): Promise<{ compiled: number; runs: number; recorded: number; fallenBack: string[] }> {
  const before = backend().stats();
  await body();
  const after = backend().stats();
  const grown = (name: keyof OnnxRuntimeStats) => (after[name] as number) - (before[name] as number);
  return {
    compiled: grown('graphsCompiled'),
    runs: grown('runs'),
    recorded: grown('kernelsRecorded'),
    fallenBack: Object.keys(after.kernelsFallenBack).filter(
      (name) => after.kernelsFallenBack[name] !== before.kernelsFallenBack[name],
    ),
  };
}

/** Runs `f` on a backend of its own that writes its graphs; gives the operators of each graph, and its kernels. */
export async function graphsOf(
  f: () => unknown,
  profile = false,
  options: OnnxRuntimeBackendOptions = {},
): Promise<{ operators: string[][]; kernels: string[][]; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'graphs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const saveGraphs = join(folder, 'made', 'on demand');
  registerOnnxRuntimeBackend(ort, {
    ...options,
    name: 'watched',
    saveGraphs,
    ...(profile && { profile: join(folder, 'profile') }),
  });
  await tf.setBackend('watched');
  try {
    await f();
  } finally {
    tf.removeBackend('watched');
    await tf.setBackend('onnxruntime');
  }
  const files = (await readdir(saveGraphs).catch(() => [])).sort();
  const models = await Promise.all(files.map((file) => readFile(join(saveGraphs, file))));
  const graphs = models.map((model) => decodeModel(model).graph.nodes);
  const operators = graphs.map((nodes) => nodes.map(({ op }) => op));
  // nodes are named after their kernel, and its number: MirrorPad.12/Pad.57
  const kernels = graphs.map((nodes) => [...new Set(nodes.map(({ name }) => name.split('/')[0]!))]);
  return { operators, kernels: kernels.map((names) => names.map((name) => name.split('.')[0]!)), folder };
}

/** The tensors that `call` gives, read and disposed. */
export async function results(call: () => tf.TensorContainer) {
  const tensors: tf.Tensor[] = [];
  const collect = (item: unknown): void => {
    if (item instanceof tf.Tensor) tensors.push(item as tf.Tensor);
    else Object.values(item as object).forEach(collect);
  };
  collect(tf.tidy(call));
  const read = tensors.map(async (x) => ({ shape: x.shape, dtype: x.dtype, data: [...(await x.data())] }));
  return await Promise.all(read).finally(() => tf.dispose(tensors));
}
