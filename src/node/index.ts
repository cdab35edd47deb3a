/**
 * Functions for Node: images, models and states in files.
 *
 * @module ts-cyclegan/node
 */
export { contactSheet, type ContactSheetOptions } from './sheets/contact-sheet.js';
export { datasets, type Dataset } from './datasets/table.js';
export { downloadDataset, type DownloadOptions } from './datasets/download.js';
export type { DownloadProgress } from './datasets/obtain.js';
export { inspectFolder, type InspectOptions } from './datasets/inspect.js';
export type { FolderLayout } from './datasets/folder-parts.js';
export type { Duplicates, ImageSize, InspectedPart, Inspection } from './datasets/inspection.js';
export { inspectionSheet, type InspectionSheetOptions } from './datasets/inspection-sheet.js';
export type { DecodeOptions } from '../data/image-file.js';
export { fileSystem, type FileSystemOptions } from './files/file-system.js';
export { imageFiles } from './images/image-files.js';
export { imageFolder } from './images/image-folder.js';
export type { ImageFolder, ImageFolderOptions } from './images/image-set.js';
export type { SkippedFile } from './images/list-images.js';
export type { TwoFolders } from './images/pair-files.js';
export { pairedFolder, type PairedFolder, type PairedFolderOptions } from './images/paired-folder.js';
export { pairSheets, type PairSheetsOptions } from './sheets/pair-sheets.js';
export { progressBar, type ProgressBarOptions } from './callbacks/progress-bar.js';
export { generatedSheets, type GeneratedSheetsOptions } from './sheets/generated-sheets.js';
export { readImage } from './images/read-image.js';
export { sampleSheets, type SampleSheetsOptions } from './sheets/sample-sheets.js';
export type { SheetOptions } from './sheets/sheet-callback.js';
export { loadState, saveState } from './files/state-file.js';
export { stopOnSignal, type StopOnSignalOptions } from './callbacks/stop-on-signal.js';
export { unpairedFolder, type UnpairedFolder } from './images/unpaired-folder.js';
export {
  generateImages,
  type GenerateImagesOptions,
  type GenerateImagesResult,
} from './translate/generate-images.js';
export { translateFiles } from './translate/translate-files.js';
export type {
  TranslatedFile,
  TranslateFilesOptions,
  TranslateFilesResult,
} from './translate/translate-options.js';
export { writeImage } from './images/write-image.js';
export { resumeRun, type Restorable, type ResumedRun, type ResumeRunOptions } from './runs/resume-run.js';
export { runFolder, type RunFolder } from './runs/run-folder.js';
export type { RunFolderOptions } from './runs/run-options.js';
export type { RunEvaluation } from './runs/evaluation.js';
export type { RunSamples } from './runs/samples.js';
export type { RunConfig } from './runs/config.js';
export type { DamagedCheckpoint, CheckpointFile } from './runs/checkpoints.js';
export type { AnyTrainer } from './runs/trainer-classes.js';
