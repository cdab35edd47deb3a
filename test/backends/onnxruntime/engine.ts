/** Sets up the backend for the tests of this folder, and tells what it has done. */
import * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeStats } from 'ts-cyclegan/backends/onnxruntime';
import { beforeAll } from 'vitest';
import type { RecordingBackend } from '../../../src/backends/onnxruntime/backend.js';
import { useBackend } from '../../golden/backends.js';

export function onOnnxRuntime(): void {
  beforeAll(async () => {
    await useBackend('onnxruntime');
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
