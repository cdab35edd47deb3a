/** The public function that registers the backend, in Node and in pages. */
import { registerRuntime } from './register-runtime.js';
import { nodeRuntime } from './runtime/node-binding.js';
import type { OnnxRuntimeBackendOptions } from './runtime/options.js';

/**
 * Registers a TensorFlow.js backend that runs on ONNX Runtime, training included. `tf.setBackend('onnxruntime')`
 * then chooses it. Kernels for which ONNX has no operators run on tfjs' cpu backend, which must be registered.
 *
 * With onnxruntime-node everything works, `dataSync()` too. With onnxruntime-web, which answers with promises, read
 * with `await tensor.data()`.
 *
 * Registering again with the same options changes nothing. For other options, remove the backend first
 * (`tf.removeBackend('onnxruntime')`), or register under another `name`.
 *
 * @param ort the module: `import * as ort from 'onnxruntime-node'` (or `'onnxruntime-web'`), 1.20 or newer, but for
 *   onnxruntime-node 1.21
 * @throws CycleGANError `INVALID_ARGUMENT` if `ort` is not that, or the backend is registered already with another module or
 *   other options; `UNSUPPORTED` for another version, without the cpu backend, and for execution providers that are not there,
 *   do not start or compute wrongly (with onnxruntime-web, reading the first result rejects with the last two);
 *   `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [The ONNX Runtime backend](../../../docs/onnxruntime.md)
 * @see [Kernels of the ONNX Runtime backend](../../../docs/onnxruntime-kernels.md)
 * @see [Benchmark](../../../docs/benchmark.md)
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import * as ort from 'onnxruntime-node';
 * import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
 *
 * registerOnnxRuntimeBackend(ort);
 * await tf.setBackend('onnxruntime');
 * console.log(tf.matMul([[1, 2]], [[3], [4]]).arraySync()); // [[11]]
 * ```
 */
export function registerOnnxRuntimeBackend(ort: unknown, options?: OnnxRuntimeBackendOptions): void {
  registerRuntime(ort, options, nodeRuntime);
}
