/** Engines for pages, and the result of choosing one. */

/** An engine that a page can compute with. */
export type EngineName =
  'onnxruntime-webgpu' | 'onnxruntime-wasm' | 'tfjs-webgpu' | 'tfjs-webgl' | 'tfjs-cpu';

/** What an engine is used for: forward computations only, or gradients too. */
export type EnginePurpose = 'translation' | 'training';

/** What was found out about an engine. */
export interface EngineReport {
  readonly name: EngineName;
  /** `measured`, `unavailable` on this device, `failed`, or `skipped` because it could not be the best. */
  readonly status: 'measured' | 'unavailable' | 'failed' | 'skipped';
  /** Milliseconds of the sample computation, the best of several. Only if measured. */
  readonly milliseconds?: number;
  /** Milliseconds until the first result: download, start and compilation. Only if measured. */
  readonly startMilliseconds?: number;
  /** A sentence: the time, or why there is none. */
  readonly note: string;
}

/** The engine that was chosen. Plain data. */
export interface EngineChoice {
  readonly name: EngineName;
  /** The name of its backend in TensorFlow.js: `tf.getBackend()`. */
  readonly backend: string;
  readonly purpose: EnginePurpose;
  /** Why it was chosen, in sentences. */
  readonly reason: string;
  /** Threads of WebAssembly. 1 where the page is not cross-origin isolated. */
  readonly threads: number;
  /** All engines that were considered. */
  readonly reports: readonly EngineReport[];
  /** What would make this page faster, in sentences: missing headers, packages or browser features. */
  readonly advice: readonly string[];
  /** Whether the choice was measured on an earlier visit. */
  readonly remembered: boolean;
}

/** Names of engines for people. */
export const titles: Readonly<Record<EngineName, string>> = {
  'onnxruntime-webgpu': 'ONNX Runtime on WebGPU',
  'onnxruntime-wasm': 'ONNX Runtime on WebAssembly',
  'tfjs-webgpu': 'TensorFlow.js on WebGPU',
  'tfjs-webgl': 'TensorFlow.js on WebGL',
  'tfjs-cpu': 'TensorFlow.js in plain JavaScript',
};
