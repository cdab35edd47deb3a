/**
 * Functions for Node: images, models and states in files.
 *
 * @module ts-cyclegan/node
 */
export { contactSheet, type ContactSheetOptions } from './contact-sheet.js';
export type { DecodeOptions } from './decode.js';
export { fileSystem, type FileSystemOptions } from './file-system.js';
export { imageFolder, type ImageFolder, type ImageFolderOptions } from './image-folder.js';
export type { SkippedFile } from './list-images.js';
export {
  pairedFolder,
  type PairedFolder,
  type PairedFolderOptions,
  type TwoFolders,
} from './paired-folder.js';
export { pairSheets, type PairSheetsOptions } from './pair-sheets.js';
export { progressBar, type ProgressBarOptions } from './progress-bar.js';
export { readImage } from './read-image.js';
export { sampleSheets, type SampleSheetsOptions } from './sample-sheets.js';
export type { SheetOptions } from './sheet-callback.js';
export { loadState, saveState } from './state-file.js';
export { stopOnSignal, type StopOnSignalOptions } from './stop-on-signal.js';
export { writeImage } from './write-image.js';
