/** The engine that computes: ONNX Runtime on the CPU, or what `--engine` names. */
import * as tf from '@tensorflow/tfjs-core';
import { registerOnnxRuntimeBackend } from '../backends/onnxruntime/register.js';
import { CycleGANError } from '../core/errors.js';
import { nearest, show } from '../core/options.js';
import { installLine, loadPackage, packageVersion } from './packages.js';

/** The engine in use. */
export interface Engine {
  /** The name of the backend of TensorFlow.js. */
  backend: string;
  /** The package that it comes from, and its version. */
  package: string;
  version: string | undefined;
  /** Why this engine runs. */
  why: string;
}

export const ortPackage = 'onnxruntime-node';
export const cpuPackage = '@tensorflow/tfjs-backend-cpu';

/**
 * Loads the engine, and makes it the backend of TensorFlow.js.
 *
 * @param choice the value of `--engine`: `onnxruntime`, `webgpu`, `cpu`, or the name of a package that registers a backend
 * @throws CycleGANError `UNSUPPORTED` with the line that installs what is missing
 */
export async function startEngine(choice?: string): Promise<Engine> {
  tf.enableProdMode(); // the cpu backend prints an advertisement otherwise
  if (choice === undefined && packageVersion(ortPackage) === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `the engine ONNX Runtime is not installed. Run: ${installLine(ortPackage)}\nOr pass --engine cpu, which computes in ` +
        'plain JavaScript and is more than a thousand times slower.',
    );
  }
  const why =
    choice === undefined
      ? 'it is the default, and onnxruntime-node is installed'
      : 'the flag --engine chose it';
  if (choice === undefined || choice === 'onnxruntime') return { ...(await startOnnxRuntime()), why };
  if (choice === 'webgpu') return { ...(await startOnnxRuntime('webgpu')), why };
  if (choice === 'cpu') {
    await loadPackage(cpuPackage, 'the engine cpu');
    return { ...(await start('cpu', cpuPackage)), why };
  }
  return { ...(await startOther(choice)), why };
}

/** ONNX Runtime on the CPU, or on the GPU by WebGPU. */
async function startOnnxRuntime(gpu?: 'webgpu'): Promise<Omit<Engine, 'why'>> {
  const engine = `the engine ${gpu ?? 'onnxruntime'}`;
  await loadPackage(cpuPackage, engine);
  const module = (await loadPackage(ortPackage, engine)) as Record<string, unknown>;
  const name = gpu === undefined ? 'onnxruntime' : `onnxruntime-${gpu}`;
  // A CommonJS package that is imported by its path has its names in `default`.
  registerOnnxRuntimeBackend('InferenceSession' in module ? module : module.default, {
    name,
    ...(gpu !== undefined && { executionProviders: [gpu] }),
  });
  return start(name, ortPackage);
}

/** A package that registers a backend when it is imported, such as `@tensorflow/tfjs-node`. */
async function startOther(name: string): Promise<Omit<Engine, 'why'>> {
  const { registryFactory } = tf.engine() as unknown as {
    registryFactory: Record<string, { priority: number }>;
  };
  const before = new Set(Object.keys(registryFactory));
  if (packageVersion(name) === undefined && !name.includes('/') && !name.includes('-')) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `--engine must be "onnxruntime", "webgpu", "cpu" or the name of an installed package that registers a backend of TensorFlow.js, ` +
        `got ${show(name)}. ${nearest(name, ['onnxruntime', 'webgpu', 'cpu'])}`,
    );
  }
  await loadPackage(name, `the engine ${name}`);
  const [best] = Object.keys(registryFactory)
    .filter((backend) => !before.has(backend))
    .sort((a, b) => registryFactory[b]!.priority - registryFactory[a]!.priority);
  if (best !== undefined) return start(best, name);
  throw new CycleGANError(
    'UNSUPPORTED',
    `the package ${show(name)} registers no backend, or has a copy of @tensorflow/tfjs-core of its own. Install it in the ` +
      'project where ts-cyclegan is installed.',
  );
}

async function start(backend: string, name: string): Promise<Omit<Engine, 'why'>> {
  if (!(await tf.setBackend(backend))) {
    throw new CycleGANError(
      'ENGINE',
      `the backend ${show(backend)} of ${name} does not start on this machine.`,
    );
  }
  return { backend, package: name, version: packageVersion(name) };
}

/** Whether values can be read synchronously. Asynchronous engines return promises only, which costs time in each step. */
export function isSynchronous(): boolean {
  try {
    tf.tidy(() => tf.square([2]).dataSync());
    return true;
  } catch {
    return false;
  }
}
