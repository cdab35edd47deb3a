/**
 * Functions for Node: images, models and states in files.
 *
 * @module ts-cyclegan/node
 */
export { contactSheet, type ContactSheetOptions } from './sheets/contact-sheet.js';
export type { DecodeOptions } from './images/decode.js';
export { fileSystem, type FileSystemOptions } from './files/file-system.js';
export { imageFolder, type ImageFolder, type ImageFolderOptions } from './images/image-folder.js';
export type { SkippedFile } from './images/list-images.js';
export {
  pairedFolder,
  type PairedFolder,
  type PairedFolderOptions,
  type TwoFolders,
} from './images/paired-folder.js';
export { pairSheets, type PairSheetsOptions } from './sheets/pair-sheets.js';
export { progressBar, type ProgressBarOptions } from './callbacks/progress-bar.js';
export { readImage } from './images/read-image.js';
export { sampleSheets, type SampleSheetsOptions } from './sheets/sample-sheets.js';
export type { SheetOptions } from './sheets/sheet-callback.js';
export { loadState, saveState } from './files/state-file.js';
export { stopOnSignal, type StopOnSignalOptions } from './callbacks/stop-on-signal.js';
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
