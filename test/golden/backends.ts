/** Backends of tfjs by name: the package that registers each, imported only when it is asked for. */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';

const packages = new Map([
  ['cpu', '@tensorflow/tfjs'],
  ['wasm', '@tensorflow/tfjs-backend-wasm'],
  ['webgpu', '@tensorflow/tfjs-backend-webgpu'],
  ['tensorflow', '@tensorflow/tfjs-node'],
]);

/** Sets the backend `name`; gives its name and version. Throws where there is none. */
export async function useBackend(name: string): Promise<string> {
  const module = packages.get(name);
  if (module === undefined) {
    throw new Error(`unknown backend "${name}"; known: ${[...packages.keys()].join(', ')}`);
  }
  try {
    await import(module);
  } catch (cause) {
    throw new Error(`backend "${name}" needs the package ${module}, which cannot be loaded`, { cause });
  }
  if (!(await tf.setBackend(name))) throw new Error(`backend "${name}" of ${module} does not start here`);
  await tf.ready();
  const { version } = createRequire(import.meta.url)(`${module}/package.json`) as { version: string };
  return `${tf.getBackend()} ${version}`;
}
