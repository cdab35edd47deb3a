/**
 * Weights and models of other programs, read and written: bytes in, bytes out.
 *
 * @module ts-cyclegan/interop
 */
export { type Architecture, inferArchitecture } from './architecture.js';
export { exportModel, type ExportedFile, type ExportOptions } from './export-model.js';
export type { ImportedNetwork, WeightFile } from './found-networks.js';
export { importModel, type ImportedModel } from './import-model.js';
export type { ImportOptions } from './import-options.js';
export { readKerasNetworks, type ReadKerasOptions } from './keras/networks.js';
export { writeKerasWeights, type WriteKerasOptions } from './keras/write.js';
export type { NetworkName } from './network-names.js';
export { networkOfStateDict } from './network.js';
export {
  type ByOptimizer,
  exportOptimizers,
  importOptimizers,
  type ImportOptimizersOptions,
  type OptimizedState,
  type OptimizerName,
  type StateArray,
} from './optimizers.js';
export { readStateDicts, type ReadOptions } from './read-state-dicts.js';
export { type WriteOptions, writeStateDict } from './write-state-dict.js';
export { exportOnnx, type ExportOnnxOptions } from './onnx/export-onnx.js';
export type { ExportableModel } from './operations/model-network.js';
export { exportTfjs, type ExportTfjsOptions } from './tfjs/export-tfjs.js';
