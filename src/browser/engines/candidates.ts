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
  /** Loads it and registers its backend. Resolves to false if the program has registered the backend itself. */
  register(settings: StartSettings): Promise<boolean>;
}

/** In the order in which they are tried. */
export const candidates: readonly Candidate[] = [
  {
    name: 'onnxruntime-webgpu',
    backend: 'onnxruntime-webgpu',
    onGPU: true,
    missing: ({ noWebGPU }) => noWebGPU,
    async register(settings) {
      await registerPlainCPU();
      const ort = await import('onnxruntime-web/webgpu').catch(notInstalled('onnxruntime-web'));
      return registerOnnxRuntime(ort, 'webgpu', settings);
    },
  },
  {
    name: 'tfjs-webgpu',
    backend: 'webgpu',
    onGPU: true,
    missing: ({ noWebGPU }) => noWebGPU,
    async register() {
      if (isRegistered('webgpu')) return false;
      await import('@tensorflow/tfjs-backend-webgpu').catch(notInstalled('@tensorflow/tfjs-backend-webgpu'));
      return true;
    },
  },
  {
    name: 'onnxruntime-wasm',
    backend: 'onnxruntime-wasm',
    onGPU: false,
    missing: () =>
      typeof WebAssembly === 'object' ? undefined : 'This browser has no WebAssembly, or has turned it off.',
    async register(settings) {
      await registerPlainCPU();
      const ort = await import('onnxruntime-web/wasm').catch(notInstalled('onnxruntime-web'));
      return registerOnnxRuntime(ort, 'wasm', settings);
    },
  },
  {
    name: 'tfjs-webgl',
    backend: 'webgl',
    onGPU: true,
    missing: ({ noWebGL }) => noWebGL,
    async register() {
      if (isRegistered('webgl')) return false;
      await import('@tensorflow/tfjs-backend-webgl').catch(notInstalled('@tensorflow/tfjs-backend-webgl'));
      return true;
    },
  },
  { name: 'tfjs-cpu', backend: 'cpu', onGPU: false, missing: () => undefined, register: registerCPU },
];

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

/** tfjs' own engine in plain JavaScript. */
async function registerCPU(): Promise<boolean> {
  if (tf.getKernelsForBackend('cpu').length > 0) return false;
  await import('@tensorflow/tfjs-backend-cpu').catch(notInstalled('@tensorflow/tfjs-backend-cpu'));
  return true;
}

function registerOnnxRuntime(
  ort: typeof OnnxRuntimeWeb,
  provider: 'webgpu' | 'wasm',
  { threads, wasmPaths }: StartSettings,
): boolean {
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  const name = `onnxruntime-${provider}`;
  const fresh = !isRegistered(name);
  registerRuntime(ort, { name, executionProviders: [provider], threads });
  return fresh;
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
