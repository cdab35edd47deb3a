/**
 * Functions for pages: images, models, engines, and a Worker that translates and trains.
 *
 * @module ts-cyclegan/browser
 */
export { type Camera, openCamera } from './images/camera.js';
export { type Files, filesOf, type FileWithPath } from './images/files.js';
export {
  type ImageFiles,
  imageFiles,
  type ImageFilesOptions,
  type UnreadFile,
} from './images/image-files.js';
export type { ImageInput } from './images/image-input.js';
export { imageToTensor } from './images/image-to-tensor.js';
export { type AnyCanvas, drawImage, tensorToBlob, tensorToImageData } from './images/tensor-to-image.js';
export type { DownloadProgress } from './models/download-model.js';
export {
  loadCycleGAN,
  type LoadModelOptions,
  loadPix2Pix,
  loadTranslator,
  type LoadTranslatorOptions,
  type ModelSource,
} from './models/load-model.js';
export { modelFiles } from './models/model-files.js';
export type { EngineChoice, EngineName, EnginePurpose, EngineReport } from './engines/engine.js';
export { type EngineOptions, useBestEngine } from './engines/use-best-engine.js';
export type { RunInfo } from './storage/run-record.js';
export { deleteRun, listRuns, runState } from './storage/runs.js';
export { connectWorker, type CycleGANWorker, type WorkerTranslator } from './worker/connect-worker.js';
export type {
  EpochReport,
  ImageValues,
  Sample,
  SampleReport,
  StepReport,
  TrainingEvents,
  TrainingProgress,
  WorkerMemory,
} from './worker/protocol.js';
export type {
  ResumeTrainingOptions,
  StartTrainingOptions,
  WorkerTraining,
} from './worker/worker-training.js';
