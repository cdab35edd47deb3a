/** Registers a backend with tfjs: its factory, and its kernels under its name. */
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
import type { nodeRuntime } from './runtime/node-binding.js';
import { publicRuntime } from './runtime/public-api.js';
import { availableProviders } from './runtime/providers.js';
import { sessionOptions } from './runtime/session-options.js';
import { tried } from './runtime/try-providers.js';
import { setWebThreads } from './runtime/web-threads.js';

const where = 'registerOnnxRuntimeBackend';

/**
 * `registerOnnxRuntimeBackend`. Pages call it without `synchronous`, which saves them the code for Node.
 *
 * @param synchronous finds the synchronous runtime of the module, if it has one
 */
export function registerRuntime(
  ort: unknown,
  options?: OnnxRuntimeBackendOptions,
  synchronous: typeof nodeRuntime = () => undefined,
): void {
  const module = resolveModule(where, ort);
  const resolved = resolveBackendOptions(where, options);
  if (!hasCpuBackend()) throw noCpuBackend(where);
  const registration: Registration = { InferenceSession: module.InferenceSession, options: resolved };
  const taken = takenBy(where, registration);
  if (taken === 'the same') return;
  const providers = availableProviders(where, module, resolved.executionProviders);
  const session = sessionOptions(providers, resolved);
  const untried =
    synchronous(module, session) ?? publicRuntime(module, session, 'it answers with promises only');
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
