/**
 * A TensorFlow.js backend on ONNX Runtime: any tfjs program, training included, runs on what
 * `npm install onnxruntime-node` brings. It knows nothing of this library's networks.
 *
 * @module ts-cyclegan/backends/onnxruntime
 */
export { registerOnnxRuntimeBackend } from './register.js';
export type { ExecutionProvider, OnnxRuntimeBackendOptions } from './runtime/options.js';
export type { PassName } from './passes/passes.js';
export type { OnnxRuntimeBackend, OnnxRuntimeStats } from './stats.js';
