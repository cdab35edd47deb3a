/**
 * The native binding inside onnxruntime-node. It computes synchronously, as tfjs' `dataSync()` needs; the package's public API is
 * the same call, delayed with setImmediate. The binding is an internal of that package, so its shape is checked first. If it is not
 * as expected, the public API is used.
 */
import { CycleGANError } from '../../../core/errors.js';
import { ofThisRealm } from '../../../core/typed-arrays.js';
import { providerName } from './options.js';
import { type OnnxRuntime } from './module.js';
import { type HostArray } from './array-types.js';
import { type HostData } from './host-data.js';
import { type Binding } from './native-binding.js';
import { OrtThread, type WorkerThreads } from './ort-thread.js';
import {
  type DeviceTensor,
  type HostFeed,
  type Results,
  type RuntimeThreads,
  type SyncRuntime,
} from './runtime.js';
import { type SessionMemory, type SessionOptions } from './session-options.js';
import { threadPool } from './thread-pool.js';
import { type Clock } from './thread-start.js';
import { trialOf } from './trial.js';

interface NodeProcess extends Clock {
  getBuiltinModule?(name: string): unknown;
  cwd(): string;
}

// Node's own; of the folder's portable libraries none has it.
declare const setImmediate: (callback: () => void) => unknown;

/** Modules that are loaded, by path; CommonJS ones, as onnxruntime-node is. */
type LoadedModules = Readonly<Record<string, { exports: unknown } | undefined>>;

interface NodeModule {
  readonly createRequire: (from: string) => ((name: string) => unknown) & { readonly cache: LoadedModules };
}

interface NodeSerializer {
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
}

interface NodeFiles {
  mkdirSync(path: string, options: { recursive: true }): void;
  writeFileSync(path: string, data: Uint8Array): void;
}

/** Node's `process`; undefined elsewhere. The folder is portable, so nothing of Node is imported. */
export const nodeProcess = (): NodeProcess | undefined => (globalThis as { process?: NodeProcess }).process;

/** A module that is part of Node; undefined elsewhere. */
const builtin = (name: string): unknown => nodeProcess()?.getBuiltinModule?.(name);

/** Whether a debugger can attach to this process. */
const isDebugged = (): boolean =>
  (builtin('inspector') as { url(): string | undefined } | undefined)?.url() !== undefined;

/**
 * The binding that belongs to `ort`. Since `ort` is loaded, its binding is too, from the file next to its main one. Undefined
 * if there is none, or if it is not as expected.
 */
function bindingOf(ort: OnnxRuntime): (Binding & { path: string }) | undefined {
  const process = nodeProcess();
  const module = builtin('module') as NodeModule | undefined;
  if (process === undefined || module === undefined) return undefined;
  const load = module.createRequire(`${process.cwd()}/`);
  if (isForeignRealm()) loadAgain(load, ort);
  const loaded = load.cache;
  for (const [file, main] of Object.entries(loaded)) {
    const [folder] = /.*onnxruntime-node[\\/]dist[\\/](?=index\.js$)/.exec(file) ?? [];
    if (folder === undefined || !isSame(main?.exports as OnnxRuntime, ort)) continue;
    const path = `${folder}binding.js`;
    const { initOrt, binding } = (loaded[path]?.exports ?? {}) as Partial<Binding>;
    if (typeof initOrt === 'function' && typeof binding?.InferenceSession === 'function') {
      return { initOrt, binding, path };
    }
  }
  return undefined;
}

/** Whether arrays that native code makes are not instances of this program's classes, as in Jest and Vitest's vmThreads. */
function isForeignRealm(): boolean {
  const v8 = builtin('v8') as NodeSerializer;
  return !(v8.deserialize(v8.serialize(new Float32Array(1))) instanceof Float32Array);
}

/** Vitest's vmThreads load modules by themselves, so Node has not loaded onnxruntime-node yet. */
function loadAgain(load: ReturnType<NodeModule['createRequire']>, ort: OnnxRuntime): void {
  if (ort.env.versions.node === undefined) return;
  try {
    load('onnxruntime-node');
  } catch {
    // not installed where the program runs: the public API takes over
  }
}

/** Two copies of one version are the same where a test runner loads modules by itself. */
const isSame = (loaded: OnnxRuntime, ort: OnnxRuntime): boolean =>
  loaded.InferenceSession === ort.InferenceSession ||
  (isForeignRealm() && loaded.env.versions.node === ort.env.versions.node);

/** `ort.Tensor` would refuse arrays of another realm: there the binding gets a constructor that hands it arrays of its own. */
function makeResultsOfThisRealm({ binding }: Binding, ort: OnnxRuntime): void {
  if (!isForeignRealm()) return;
  const { isMainThread } = builtin('worker_threads') as { isMainThread: boolean };
  const errorsOnly = 4;
  const tensor = function (type: never, data: HostArray, dims: readonly number[]): object {
    return new ort.Tensor(type, ofThisRealm(data) as never, dims);
  };
  tensor.fromGpuBuffer = (...args: Parameters<typeof ort.Tensor.fromGpuBuffer>) =>
    ort.Tensor.fromGpuBuffer(...args);
  binding.initOrtOnce?.(errorsOnly, tensor, isMainThread);
}

/** The synchronous runtime of `ort`, if it has one. */
export function nodeRuntime(
  ort: OnnxRuntime,
  options: Omit<SessionOptions, keyof SessionMemory>,
): SyncRuntime | undefined {
  const found = bindingOf(ort);
  if (found === undefined) return undefined;
  found.initOrt();
  makeResultsOfThisRealm(found, ort);
  if (!computesAtOnce(found.binding)) return undefined;
  return {
    sync: true,
    createSession(model, memory) {
      const session = new found.binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, { ...options, ...memory });
      return {
        run(feeds, fetches, into = {}) {
          const wanted: Record<string, HostFeed | null> = {};
          for (const name of fetches) wanted[name] = into[name] ?? null;
          const tensors = session.run(feeds, wanted, {});
          const results: Record<string, Results[string]> = {};
          for (const name of fetches) results[name] = into[name]?.data ?? resultOf(tensors[name]!);
          return results;
        },
        dispose() {
          if (options.enableProfiling === true) session.endProfiling();
          session.dispose();
        },
      };
    },
    nextTurn: () => new Promise((resolve) => void setImmediate(resolve)),
    threads: () => threadsOf(found.path, options),
  };
}

/** `data` of a tensor on a device would throw. */
const resultOf = (tensor: { location: 'cpu'; data: HostData } | DeviceTensor): Results[string] =>
  tensor.location === 'cpu' ? tensor.data : tensor;

const trial = trialOf({ winograd: 'never', onWebGPU: false, precision: 'float32' });

/** Whether the binding computes synchronously, as the one of 1.30 does. Later ones may return promises. */
function computesAtOnce({ InferenceSession }: Binding['binding']): boolean {
  const { model, feeds, fetches, fault } = trial;
  const session = new InferenceSession();
  const dispose = () => session.dispose();
  const wanted = Object.fromEntries(fetches.map((name) => [name, null]));
  try {
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, { intraOpNumThreads: 1 });
    const tensors = session.run(feeds, wanted, {});
    const { then } = tensors as { then?: unknown };
    if (typeof then === 'function') {
      then.call(tensors, dispose, dispose);
      return false;
    }
    dispose();
    return fault(Object.fromEntries(fetches.map((name) => [name, resultOf(tensors[name]!)]))) === undefined;
  } catch {
    return false; // the public API says what is wrong
  }
}

/** Threads whose sessions run on the cpu; undefined if there can be none. */
function threadsOf(
  path: string,
  options: Omit<SessionOptions, keyof SessionMemory>,
): RuntimeThreads | undefined {
  const node = builtin('worker_threads') as WorkerThreads | undefined;
  if (node === undefined || options.executionProviders.some((provider) => providerName(provider) !== 'cpu'))
    return undefined;
  const { model, feeds, fetches } = trial;
  const begin = () => new OrtThread(node, path, { model, feeds, fetches }, nodeProcess()!, isDebugged());
  const cores =
    options.intraOpNumThreads ?? (builtin('os') as { availableParallelism(): number }).availableParallelism();
  return threadPool(begin, cores, options);
}

/** @throws CycleGANError `UNSUPPORTED` outside of Node */
export function writeFileInNode(folder: string, name: string, data: Uint8Array): void {
  const fs = nodeProcess()?.getBuiltinModule?.('fs') as NodeFiles | undefined;
  if (fs === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      'onnxruntime backend: option "saveGraphs" writes files and needs Node.',
    );
  }
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${folder}/${name}`, data);
}
