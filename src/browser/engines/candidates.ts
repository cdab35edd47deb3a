/**
 * The engines that a page can have. Each is loaded only when it is tried, and its package is optional: `import()` makes a chunk of its
 * own, which ONNX Runtime's threads need too. With a static import they would load the program of the page.
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as OnnxRuntimeWeb from 'onnxruntime-web';
import { registerRuntime } from '../../backends/onnxruntime/register-runtime.js';
import { CycleGANError } from '../../core/errors.js';
import type { EngineName } from './engine.js';
import type { Surroundings } from './surroundings.js';

/** What an engine is started with. */
export interface StartSettings {
  readonly threads: number;
  readonly wasmPaths: string | undefined;
}

/** An engine that may be tried. */
export interface Candidate {
  readonly name: EngineName;
  readonly backend: string;
  /** Whether it computes on the graphics card. */
  readonly onGPU: boolean;
  /** Why this device cannot have it, in a sentence. */
  missing(surroundings: Surroundings): string | undefined;
  /** Loads it and registers its backend. Resolves to false if the program has done so itself. */
  register(settings: StartSettings): Promise<boolean>;
}

type Missing = Candidate['missing'];

const noWebGPU: Missing = (around) => around.noWebGPU;
const noWebGL: Missing = (around) => around.noWebGL;
const noWebAssembly: Missing = () =>
  typeof WebAssembly === 'object' ? undefined : 'This browser has no WebAssembly, or has turned it off.';

/** In the order in which they are tried. */
export const candidates: readonly Candidate[] = [
  onnxRuntime('webgpu', noWebGPU, () => import('onnxruntime-web/webgpu')),
  tensorFlow('webgpu', noWebGPU, () => import('@tensorflow/tfjs-backend-webgpu')),
  onnxRuntime('wasm', noWebAssembly, () => import('onnxruntime-web/wasm')),
  tensorFlow('webgl', noWebGL, () => import('@tensorflow/tfjs-backend-webgl')),
  tensorFlow(
    'cpu',
    () => undefined,
    () => import('@tensorflow/tfjs-backend-cpu'),
  ),
];

/** ONNX Runtime with one of its execution providers. */
function onnxRuntime(
  provider: 'webgpu' | 'wasm',
  missing: Missing,
  load: () => Promise<typeof OnnxRuntimeWeb>,
): Candidate {
  const name = `onnxruntime-${provider}` as const;
  return {
    name,
    backend: name,
    onGPU: provider === 'webgpu',
    missing,
    async register({ threads, wasmPaths }) {
      await registerPlainCPU();
      const ort = await load().catch(notInstalled('onnxruntime-web'));
      if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
      const fresh = !isRegistered(name);
      registerRuntime(ort, { name, executionProviders: [provider], threads });
      return fresh;
    },
  };
}

/** A backend of TensorFlow.js, which its package registers with its kernels. */
function tensorFlow(
  backend: 'webgpu' | 'webgl' | 'cpu',
  missing: Missing,
  load: () => Promise<unknown>,
): Candidate {
  return {
    name: `tfjs-${backend}`,
    backend,
    onGPU: backend !== 'cpu',
    missing,
    async register() {
      const fresh = !(backend in tf.engine().registry); // not in use
      if (tf.getKernelsForBackend(backend).length === 0)
        await load().catch(notInstalled(`@tensorflow/tfjs-backend-${backend}`));
      return fresh;
    },
  };
}

const isRegistered = (backend: string): boolean => (tf.findBackendFactory(backend) as unknown) !== null;

/**
 * tfjs' own backend, which the ONNX Runtime backend needs, without kernels: these would be a seventh of the program, and this library
 * needs none of them. A program that does imports the whole package before.
 */
async function registerPlainCPU(): Promise<void> {
  if (isRegistered('cpu')) return;
  await import('@tensorflow/tfjs-backend-cpu/dist/base.js').catch(
    notInstalled('@tensorflow/tfjs-backend-cpu'),
  );
}

/** The error for a package that the program does not have. */
const notInstalled =
  (name: string) =>
  (cause: unknown): never => {
    throw new CycleGANError(
      'UNSUPPORTED',
      `The package ${name} is not part of this program, or cannot be downloaded. Install it: npm install ${name}`,
      { cause },
    );
  };
