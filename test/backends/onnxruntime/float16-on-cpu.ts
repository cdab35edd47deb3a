/**
 * A backend that computes convolutions in float16 on the CPU provider: operands and results are rounded to float16, and sums are
 * float32. The library refuses this, as it is slow; here it shows what graphs in float16 compute on machines whose GPU lacks it.
 */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { RecordingBackend } from '../../../src/backends/onnxruntime/backend.js';
import { resolveModule } from '../../../src/backends/onnxruntime/runtime/module.js';
import { nodeRuntime } from '../../../src/backends/onnxruntime/runtime/node-binding.js';
import { resolveBackendOptions } from '../../../src/backends/onnxruntime/runtime/options.js';
import type { SyncRuntime } from '../../../src/backends/onnxruntime/runtime/runtime.js';
import { sessionOptions } from '../../../src/backends/onnxruntime/runtime/session-options.js';
import { decodeModel, encodeModel, type OnnxNode } from '../../../src/onnx/index.js';

const FLOAT16 = 10;

/**
 * The CPU provider has no Conv in float16: it computes in float32, and removes the rounding before and after. Each value in float16 goes
 * through Max, for which it has float16, so that the rounding stays.
 */
function rounding(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  const halves = new Set<string>();
  const nodes = model.graph.nodes.flatMap((node): OnnxNode[] => {
    const { op, name, inputs, attributes } = node;
    const isHalf =
      op === 'Cast'
        ? (attributes.to as { int: number }).int === FLOAT16
        : inputs.some((input) => halves.has(input));
    if (!isHalf) return [node];
    const [output] = node.outputs as [string];
    halves.add(output);
    const exact = `${output} before rounding`;
    const max = {
      op: 'Max',
      name: `${name} rounded`,
      inputs: [exact, exact],
      outputs: [output],
      attributes: {},
    };
    return [{ ...node, outputs: [exact] }, max];
  });
  return halves.size === 0 ? bytes : encodeModel({ ...model, graph: { ...model.graph, nodes } });
}

export function registerFloat16OnCpu(name: string, options: OnnxRuntimeBackendOptions = {}): void {
  registerOnnxRuntimeBackend(ort, { name });
  tf.removeBackend(name); // its kernels stay
  const resolved = resolveBackendOptions('test', { ...options, name, precision: 'float16' });
  const cpu = nodeRuntime(resolveModule('test', ort), sessionOptions(['cpu'], resolved))!;
  const runtime: SyncRuntime = {
    ...cpu,
    createSession: (model, memory) => cpu.createSession(rounding(model), memory),
    threads: () => undefined, // a thread would create its sessions itself
  };
  tf.registerBackend(name, () => new RecordingBackend(runtime, resolved));
}
