/** Registers the backend with tfjs: its factory, and its kernels under its name. */
import {
  getKernel,
  getKernelsForBackend,
  registerBackend,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { OnnxRuntimeBackend } from './backend.js';
import { directKernels } from './direct.js';
import { hasCpuBackend, noCpuBackend } from './fallback.js';
import { kernels } from './kernels/index.js';
import { type OnnxRuntimeBackendOptions, resolveBackendOptions } from './options.js';
import { resolveModule } from './runtime/module.js';
import { nodeRuntime } from './runtime/node-binding.js';
import { publicRuntime } from './runtime/public-api.js';
import { availableProviders } from './runtime/providers.js';
import { sessionOptions } from './runtime/session-options.js';

const where = 'registerOnnxRuntimeBackend';

export function registerOnnxRuntimeBackend(ort: unknown, options?: OnnxRuntimeBackendOptions): void {
  const module = resolveModule(where, ort);
  const resolved = resolveBackendOptions(where, options);
  if (!hasCpuBackend()) throw noCpuBackend(where);
  const session = sessionOptions(availableProviders(where, module, resolved.executionProviders), resolved);
  registerKernels(resolved.name);
  registerBackend(resolved.name, () => {
    const runtime =
      nodeRuntime(module, session) ??
      publicRuntime(module, session, 'this build of ONNX Runtime answers with promises only');
    return new OnnxRuntimeBackend(runtime, resolved);
  });
}

/** Every kernel of the cpu backend, under the name of this one. Kernels stay when the backend is removed. */
function registerKernels(backendName: string): void {
  for (const { kernelName } of getKernelsForBackend('cpu')) {
    if ((getKernel(kernelName, backendName) as KernelConfig | undefined) !== undefined) continue;
    const kernel = kernels[kernelName];
    const direct = directKernels[kernelName];
    registerKernel({
      kernelName,
      backendName,
      kernelFunc({ inputs, attrs, backend }): TensorInfo | TensorInfo[] {
        const own = backend as unknown as OnnxRuntimeBackend;
        const answer = direct?.(own, inputs, (attrs ?? {}) as never);
        if (answer !== undefined) return answer;
        if (kernel !== undefined) return own.runKernel(kernelName, kernel, inputs, attrs);
        return own.runOnCpu(kernelName, inputs, attrs);
      },
    });
  }
}
