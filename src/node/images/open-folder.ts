/** Lists a folder of images, and refuses other paths. */
import { statSync } from 'node:fs';
import { CycleGANError } from '../../core/errors.js';
import { extensions, type Listing, listImages, summarize } from './list-images.js';

/** @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_DATA` */
export function openFolder(where: string, folder: string): Listing {
  const shown = JSON.stringify(folder);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats)
    throw new CycleGANError(
      'NOT_FOUND',
      `${where}: path must be a folder of images, but ${shown} does not exist.`,
    );
  if (!stats.isDirectory()) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: path must be a folder of images, got the file ${shown}. Use readImage to read one image.`,
    );
  }
  const listing = listImages(folder);
  const { names, skipped, seen } = listing;
  const others = summarize(skipped);
  if (names.length === 0) {
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: ${shown} or its subfolders must have at least one image (${extensions.join(', ')}), ` +
        `got none among ${seen} files and folders${others && ` (${others})`}.`,
    );
  }
  if (skipped.length > 0) {
    const files = skipped.length === 1 ? '1 file' : `${skipped.length} files`;
    warn(`${where}: ${shown} has ${names.length} images, ${files} skipped (${others}).`);
  }
  return listing;
}

/** Prints a warning of the Node process. */
export const warn = (text: string): void => process.emitWarning(text, 'CycleGANWarning');
