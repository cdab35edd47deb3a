/**
 * The native binding inside onnxruntime-node. It computes synchronously; the package's public API is the same
 * call, put off with setImmediate. tfjs' `dataSync()` needs it, and it is an internal of that package: so it
 * is looked for with care, and where it is not as expected, the public API takes over.
 */
import { CycleGANError } from '../../../core/errors.js';
import { type OnnxRuntime } from './module.js';
import { type Feed, type Results, type SyncRuntime } from './runtime.js';
import { type SessionMemory, type SessionOptions } from './session-options.js';

interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: SessionOptions): void;
  run(feeds: object, fetches: object, options: object): Record<string, { data: Results[string] }>;
  endProfiling(): void;
  dispose(): void;
}

interface Binding {
  initOrt(): void;
  binding: { InferenceSession: new () => NativeSession };
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
  cwd(): string;
}

/** Modules that are loaded, by path; CommonJS ones, as onnxruntime-node is. */
type LoadedModules = Readonly<Record<string, { exports: unknown } | undefined>>;

interface NodeModule {
  readonly createRequire: (from: string) => { readonly cache: LoadedModules };
}

interface NodeFiles {
  mkdirSync(path: string, options: { recursive: true }): void;
  writeFileSync(path: string, data: Uint8Array): void;
}

/** Node's `process`; undefined elsewhere. The folder is portable, so nothing of Node is imported. */
export const nodeProcess = (): NodeProcess | undefined => (globalThis as { process?: NodeProcess }).process;

/**
 * The binding that belongs to `ort`: `ort` is loaded, so its binding is too, in the file beside its main one. Undefined
 * if there is none, or if it is not as expected.
 */
function bindingOf(ort: OnnxRuntime): Binding | undefined {
  const process = nodeProcess();
  const module = process?.getBuiltinModule?.('module') as NodeModule | undefined;
  if (process === undefined || module === undefined) return undefined;
  const loaded = module.createRequire(`${process.cwd()}/`).cache;
  for (const [path, main] of Object.entries(loaded)) {
    const [folder] = /.*onnxruntime-node[\\/]dist[\\/](?=index\.js$)/.exec(path) ?? [];
    if (folder === undefined || (main?.exports as OnnxRuntime).InferenceSession !== ort.InferenceSession)
      continue;
    const found = loaded[`${folder}binding.js`]?.exports as Partial<Binding> | undefined;
    if (typeof found?.initOrt === 'function' && typeof found.binding?.InferenceSession === 'function') {
      return found as Binding;
    }
  }
  return undefined;
}

/** The synchronous runtime of `ort`, where it has one. */
export function nodeRuntime(
  ort: OnnxRuntime,
  options: Omit<SessionOptions, keyof SessionMemory>,
): SyncRuntime | undefined {
  const found = bindingOf(ort);
  if (found === undefined) return undefined;
  found.initOrt();
  return {
    sync: true,
    createSession(model, memory) {
      const session = new found.binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, { ...options, ...memory });
      return {
        run(feeds, fetches, into = {}) {
          const wanted: Record<string, Feed | null> = {};
          for (const name of fetches) wanted[name] = into[name] ?? null;
          const tensors = session.run(feeds, wanted, {});
          const results: Record<string, Results[string]> = {};
          for (const name of fetches) results[name] = into[name]?.data ?? tensors[name]!.data;
          return results;
        },
        dispose() {
          if (options.enableProfiling === true) session.endProfiling();
          session.dispose();
        },
      };
    },
  };
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
