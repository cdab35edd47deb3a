/** Counters of what the backend has done since it was created. */

/** Counters of the backend; times in milliseconds. */
export interface OnnxRuntimeStats {
  /** Graphs written as ONNX and made into sessions. */
  graphsCompiled: number;
  /** How many of these were compiled once more, with weights that had not changed for some runs as constants. */
  graphsFrozen: number;
  /**
   * Nodes of these that run on the CPU though the provider is WebGPU, which lacks their operators or types, as far as known: each
   * moves its inputs and outputs across the bus. A training step has none. 0 with other providers.
   */
  nodesOnCpu: number;
  /** Runs of a graph that was compiled before. */
  cacheHits: number;
  /** Runs in all. */
  runs: number;
  /** Kernels that were recorded. */
  kernelsRecorded: number;
  /** Calls of kernels that the cpu backend's implementation answered, by name. */
  kernelsFallenBack: Readonly<Record<string, number>>;
  /** Time in passes, ONNX writing and session creation. */
  compileMs: number;
  /** Time in ONNX Runtime's runs. */
  runMs: number;
  /** Arrays in the memory of threads, where computations are replayed: weights, an optimizer's slots. */
  arraysInThreads: number;
  /** Arrays in the memory of a device: everything that was computed there and that tensors hold. */
  arraysOnDevice: number;
  /** Sessions that are kept, and the bytes of their models, including what was made of weights that are constants. */
  sessions: number;
  sessionBytes: number;
  /** Bytes of values at the peaks of graphs whose sessions keep the memory of a run for the next one (option `keepMemory`). */
  bytesKept: number;
  /** Bytes that went into runs and came out of them. */
  bytesFed: number;
  bytesFetched: number;
  /** Bytes that crossed from main memory to a device, and back; 0 without a device. */
  bytesUploaded: number;
  bytesDownloaded: number;
}

/**
 * What `tf.backend()` offers while this backend is in use, in addition to tfjs' own contract.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import * as ort from 'onnxruntime-node';
 * import { type OnnxRuntimeBackend, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
 *
 * registerOnnxRuntimeBackend(ort);
 * await tf.setBackend('onnxruntime');
 * tf.square([1, 2]).dataSync();
 * const backend = tf.backend() as unknown as OnnxRuntimeBackend;
 * console.log(backend.stats().graphsCompiled); // 1
 * ```
 */
export interface OnnxRuntimeBackend {
  /** What the backend has done since it was created. */
  stats(): OnnxRuntimeStats;
}
