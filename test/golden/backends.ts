/** Backends of tfjs by name. The package that registers one is imported only when it is asked for. */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';

const packages = new Map([
  ['cpu', '@tensorflow/tfjs'],
  ['wasm', '@tensorflow/tfjs-backend-wasm'],
  ['webgpu', '@tensorflow/tfjs-backend-webgpu'],
  ['tensorflow', '@tensorflow/tfjs-node'],
  ['onnxruntime', 'onnxruntime-node'],
  ['onnxruntime-winograd', 'onnxruntime-node'], // the same, with Winograd's form forced on wherever it can be
]);

/** Sets the backend `name`, ONNX Runtime's with `options`; gives its name and version. Throws where there is none. */
export async function useBackend(name: string, options?: OnnxRuntimeBackendOptions): Promise<string> {
  const module = packages.get(name);
  if (module === undefined) {
    throw new Error(`unknown backend "${name}"; known: ${[...packages.keys()].join(', ')}`);
  }
  if (name === 'webgpu') await provideWebGPU();
  const loaded = await load(module, name);
  if (module === 'onnxruntime-node') {
    const winograd = name === 'onnxruntime' ? 'auto' : 'always';
    registerOnnxRuntimeBackend(loaded, { winograd, ...options, name });
  }
  if (!(await tf.setBackend(name))) throw new Error(`backend "${name}" of ${module} does not start here`);
  await tf.ready();
  const { version } = createRequire(import.meta.url)(`${module}/package.json`) as { version: string };
  return `${tf.getBackend()} ${version}`;
}

async function load(module: string, backend: string): Promise<unknown> {
  try {
    return await import(module);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`backend "${backend}" needs the package ${module}, which cannot be loaded: ${why}`, {
      cause,
    });
  }
}

/** Node has no WebGPU of its own: the package `webgpu` (Dawn) has. The backend looks for it when imported. */
async function provideWebGPU(): Promise<void> {
  const dawn = (await load('webgpu', 'webgpu')) as { create(flags: string[]): object; globals: object };
  Object.assign(globalThis, dawn.globals);
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} }); // Node 20 has none
  Object.defineProperty(navigator, 'gpu', { value: dawn.create([]) });
}
