/**
 * The native binding inside onnxruntime-node. It computes synchronously; the package's public API is the same
 * call, put off with setImmediate. tfjs' `dataSync()` needs it, and it is an internal of that package: so it
 * is looked for with care, and where it is not as expected, the public API takes over.
 */
import { CycleGANError } from '../../../core/errors.js';
import { type OnnxRuntime } from './module.js';
import { type Feed, type Results, type SyncRuntime } from './runtime.js';
import { type SessionOptions } from './session-options.js';

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
  argv: string[];
  cwd(): string;
}

interface NodeModule {
  readonly createRequire: (from: string) => (name: string) => unknown;
}

interface NodeFiles {
  mkdirSync(path: string, options: { recursive: true }): void;
  writeFileSync(path: string, data: Uint8Array): void;
}

/** Node's `process`; undefined elsewhere. The folder is portable, so nothing of Node is imported. */
export const nodeProcess = (): NodeProcess | undefined => (globalThis as { process?: NodeProcess }).process;

/** The binding that belongs to `ort`; undefined if there is none, or if it is of another copy of the package. */
function bindingOf(ort: OnnxRuntime): Binding | undefined {
  const process = nodeProcess();
  const module = process?.getBuiltinModule?.('module') as NodeModule | undefined;
  if (process === undefined || module === undefined) return undefined;
  const here = (import.meta as { url?: string }).url; // undefined in CommonJS
  for (const from of [here, process.argv[1], `${process.cwd()}/program.js`]) {
    if (from === undefined) continue;
    try {
      const load = module.createRequire(from);
      const same = (load('onnxruntime-node') as OnnxRuntime).InferenceSession === ort.InferenceSession;
      if (!same) continue;
      const found = load('onnxruntime-node/dist/binding') as Partial<Binding>;
      if (typeof found.initOrt === 'function' && typeof found.binding?.InferenceSession === 'function') {
        return found as Binding;
      }
    } catch {
      // not installed there: look further
    }
  }
  return undefined;
}

/** The synchronous runtime of `ort`, where it has one. */
export function nodeRuntime(ort: OnnxRuntime, options: SessionOptions): SyncRuntime | undefined {
  const found = bindingOf(ort);
  if (found === undefined) return undefined;
  found.initOrt();
  return {
    sync: true,
    createSession(model) {
      const session = new found.binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
      return {
        run(feeds, fetches) {
          const fed: Record<string, object> = {};
          for (const name in feeds) fed[name] = { ...(feeds[name] as Feed), location: 'cpu' };
          const wanted: Record<string, null> = {};
          for (const name of fetches) wanted[name] = null;
          const results: Record<string, Results[string]> = {};
          const tensors = session.run(fed, wanted, {});
          for (const name of fetches) results[name] = tensors[name]!.data;
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
