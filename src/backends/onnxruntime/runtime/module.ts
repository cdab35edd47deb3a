/** The part of the onnxruntime packages' public API that the backend uses, and whether a module has it. */
import { CycleGANError } from '../../../core/errors.js';
import { show } from '../../../core/options.js';

/** The module `onnxruntime-node` or `onnxruntime-web`, as far as it is used. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<PublicSession>;
  };
  readonly Tensor: {
    new (type: never, data: never, dims: readonly number[]): object;
    fromGpuBuffer(gpuBuffer: unknown, options: { dataType: never; dims: readonly number[] }): object;
  };
  readonly env: {
    readonly versions: { readonly common?: string; readonly node?: string; readonly web?: string };
    readonly wasm?: { numThreads?: number };
    readonly webgpu?: { readonly device?: unknown };
  };
  /** onnxruntime-node only. */
  listSupportedBackends?(): readonly { name: string; bundled: boolean }[];
}

/** A tensor has `data` or, on a device, `gpuBuffer`; the other one throws. */
export interface PublicTensor {
  readonly location?: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  readonly gpuBuffer?: unknown;
  dispose?(): void;
}

export interface PublicSession {
  run(feeds: object, fetches: readonly string[]): Promise<Readonly<Record<string, PublicTensor>>>;
  release(): Promise<void>;
}

/** The oldest version whose operator sets the graphs are written for. */
const OLDEST: readonly [number, number] = [1, 20];

/** Whether this is onnxruntime-web. */
export const isWeb = (ort: OnnxRuntime): boolean => ort.listSupportedBackends === undefined;

/**
 * Checks what the user imported; takes a CommonJS module's `default` for the module.
 *
 * @throws CycleGANError `INVALID_ARGUMENT` for anything else, `UNSUPPORTED` for a version that is too old or broken
 */
export function resolveModule(where: string, ort: unknown): OnnxRuntime {
  const module = looksLikeOrt(ort) ? ort : (ort as { default?: unknown } | null | undefined)?.default;
  if (!looksLikeOrt(module)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: argument "ort" must be the module onnxruntime-node or onnxruntime-web, got ${show(ort)}. ` +
        `Install it (npm install onnxruntime-node), and hand it over: import * as ort from 'onnxruntime-node'.`,
    );
  }
  checkVersion(where, module);
  return module;
}

function checkVersion(where: string, ort: OnnxRuntime): void {
  const { versions } = ort.env;
  // Both packages write into the same object if they share onnxruntime-common.
  const [name, own] = isWeb(ort) ? ['onnxruntime-web', versions.web] : ['onnxruntime-node', versions.node];
  const version = own ?? versions.common ?? 'unknown';
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  const install = (which: string) => `Install ${which} (npm install ${name}@latest).`;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: needs ONNX Runtime ${OLDEST.join('.')} or newer, got ${version}. ${install('a newer one')}`,
    );
  }
  if (name === 'onnxruntime-node' && major === 1 && minor === 21) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: onnxruntime-node ${version} aborts the process as soon as a second thread uses it, as this backend's do. ` +
        install('another version'),
    );
  }
}

function looksLikeOrt(module: unknown): module is OnnxRuntime {
  if (typeof module !== 'object' || module === null) return false;
  const { InferenceSession, Tensor, env } = module as Partial<OnnxRuntime>;
  return (
    typeof InferenceSession?.create === 'function' &&
    typeof Tensor === 'function' &&
    env?.versions !== undefined
  );
}
