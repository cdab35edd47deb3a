/** Registers the backend with tfjs: its factory, and its kernels under its name. */
import {
  getKernel,
  getKernelsForBackend,
  registerBackend,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { RecordingBackend } from './backend.js';
import { viewKernels } from './views.js';
import { hasCpuBackend, noCpuBackend } from './fallback.js';
import { kernels } from './kernels/index.js';
import { type OnnxRuntimeBackendOptions, resolveBackendOptions } from './runtime/options.js';
import { type Registration, takenBy } from './registration.js';
import { resolveModule } from './runtime/module.js';
import { nodeRuntime } from './runtime/node-binding.js';
import { publicRuntime } from './runtime/public-api.js';
import { availableProviders } from './runtime/providers.js';
import { sessionOptions } from './runtime/session-options.js';
import { tried } from './runtime/try-providers.js';
import { setWebThreads } from './runtime/web-threads.js';

const where = 'registerOnnxRuntimeBackend';

/**
 * Registers a TensorFlow.js backend that runs on ONNX Runtime, training included. `tf.setBackend('onnxruntime')`
 * then chooses it. Kernels for which ONNX has no operators run on tfjs' cpu backend, which must be registered.
 *
 * With onnxruntime-node everything works, `dataSync()` too. With onnxruntime-web, which answers with promises, read
 * with `await tensor.data()`.
 *
 * Registering again with the same options changes nothing. For other options, remove the backend first
 * (`tf.removeBackend('onnxruntime')`), or register under another `name`.
 *
 * @param ort the module: `import * as ort from 'onnxruntime-node'` (or `'onnxruntime-web'`), 1.20 or newer, but for
 *   onnxruntime-node 1.21
 * @throws CycleGANError `INVALID_ARGUMENT` if `ort` is not that, or the backend is registered already with another module or
 *   other options; `UNSUPPORTED` for another version, without the cpu backend, and for execution providers that are not there,
 *   do not start or compute wrongly (with onnxruntime-web, reading the first result rejects with the last two);
 *   `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [The ONNX Runtime backend](../../../docs/onnxruntime.md)
 * @see [Kernels of the ONNX Runtime backend](../../../docs/onnxruntime-kernels.md)
 * @see [Benchmark](../../../docs/benchmark.md)
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import * as ort from 'onnxruntime-node';
 * import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
 *
 * registerOnnxRuntimeBackend(ort);
 * await tf.setBackend('onnxruntime');
 * console.log(tf.matMul([[1, 2]], [[3], [4]]).arraySync()); // [[11]]
 * ```
 */
export function registerOnnxRuntimeBackend(ort: unknown, options?: OnnxRuntimeBackendOptions): void {
  const module = resolveModule(where, ort);
  const resolved = resolveBackendOptions(where, options);
  if (!hasCpuBackend()) throw noCpuBackend(where);
  const registration: Registration = { InferenceSession: module.InferenceSession, options: resolved };
  const taken = takenBy(where, registration);
  if (taken === 'the same') return;
  const providers = availableProviders(where, module, resolved.executionProviders);
  const session = sessionOptions(providers, resolved);
  const untried =
    nodeRuntime(module, session) ?? publicRuntime(module, session, 'it answers with promises only');
  const runtime = tried(where, module, untried, providers, resolved);
  if (taken !== undefined) throw taken;
  setWebThreads(where, module, resolved.threads);
  registerKernels(resolved.name);
  registerBackend(
    resolved.name,
    Object.assign(() => new RecordingBackend(runtime, resolved), { registration }),
  );
}

/**
 * Every kernel of the cpu backend and of this one, under the name of this one. A page may have the cpu backend without kernels.
 * Kernels stay when the backend is removed.
 */
function registerKernels(backendName: string): void {
  const names = getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  for (const kernelName of new Set([...names, ...Object.keys(kernels), ...Object.keys(viewKernels)])) {
    if ((getKernel(kernelName, backendName) as KernelConfig | undefined) !== undefined) continue;
    const kernel = kernels[kernelName];
    const view = viewKernels[kernelName];
    registerKernel({
      kernelName,
      backendName,
      kernelFunc({ inputs, attrs, backend }): TensorInfo | TensorInfo[] {
        const own = backend as unknown as RecordingBackend;
        const answer = view?.(own, inputs, (attrs ?? {}) as never);
        if (answer !== undefined) return answer;
        if (kernel !== undefined) return own.runKernel(kernelName, kernel, inputs, attrs);
        return own.runOnCpu(kernelName, inputs, attrs);
      },
    });
  }
}
