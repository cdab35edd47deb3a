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
import { directKernels } from './direct.js';
import { hasCpuBackend, noCpuBackend } from './fallback.js';
import { kernels } from './kernels/index.js';
import { type OnnxRuntimeBackendOptions, resolveBackendOptions } from './options.js';
import { resolveModule } from './runtime/module.js';
import { nodeRuntime } from './runtime/node-binding.js';
import { publicRuntime } from './runtime/public-api.js';
import { availableProviders, tryProviders } from './runtime/providers.js';
import { sessionOptions } from './runtime/session-options.js';

const where = 'registerOnnxRuntimeBackend';

/**
 * Registers a TensorFlow.js backend that runs on ONNX Runtime, training included. `tf.setBackend('onnxruntime')`
 * then chooses it. Kernels for which ONNX has no operators run on tfjs' cpu backend, which must be registered.
 *
 * With onnxruntime-node everything works, `dataSync()` too. With onnxruntime-web, which answers with promises, read
 * with `await tensor.data()`.
 *
 * @param ort the module: `import * as ort from 'onnxruntime-node'` (or `'onnxruntime-web'`), 1.20 or newer
 * @throws CycleGANError `INVALID_ARGUMENT` if `ort` is not that; `UNSUPPORTED` for an older version, for execution
 *   providers that are not there or do not start, and without the cpu backend; `UNKNOWN_OPTION`, `INVALID_OPTION`
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
  const { executionProviders, name } = resolved;
  const session = sessionOptions(availableProviders(where, module, executionProviders), resolved);
  const runtime =
    nodeRuntime(module, session) ?? publicRuntime(module, session, 'it answers with promises only');
  if (executionProviders !== undefined && runtime.sync) tryProviders(where, runtime, executionProviders);
  registerKernels(name);
  registerBackend(name, () => new RecordingBackend(runtime, resolved));
}

/**
 * Every kernel of the cpu backend, and those that tfjs does not have (core/own-kernels.ts), under the name of this one.
 * Kernels stay when the backend is removed.
 */
function registerKernels(backendName: string): void {
  const names = getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  for (const kernelName of new Set([...names, ...Object.keys(kernels)])) {
    if ((getKernel(kernelName, backendName) as KernelConfig | undefined) !== undefined) continue;
    const kernel = kernels[kernelName];
    const direct = directKernels[kernelName];
    registerKernel({
      kernelName,
      backendName,
      kernelFunc({ inputs, attrs, backend }): TensorInfo | TensorInfo[] {
        const own = backend as unknown as RecordingBackend;
        const answer = direct?.(own, inputs, (attrs ?? {}) as never);
        if (answer !== undefined) return answer;
        if (kernel !== undefined) return own.runKernel(kernelName, kernel, inputs, attrs);
        return own.runOnCpu(kernelName, inputs, attrs);
      },
    });
  }
}
