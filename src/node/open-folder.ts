/** Lists a folder of images, and refuses what is none. */
import { statSync } from 'node:fs';
import { CycleGANError } from '../core/errors.js';
import { extensions, type Listing, listImages, summarize } from './list-images.js';

/** @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_DATA` */
export function openFolder(where: string, folder: string): Listing {
  const shown = JSON.stringify(folder);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats)
    throw new CycleGANError(
      'NOT_FOUND',
      `${where}: path must be a folder of pictures, but there is no ${shown}.`,
    );
  if (!stats.isDirectory()) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: path must be a folder of pictures, got the file ${shown}. readImage reads one picture.`,
    );
  }
  const listing = listImages(folder);
  const { names, leftOut, seen } = listing;
  const others = summarize(leftOut);
  if (names.length === 0) {
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: there must be a picture (${extensions.join(', ')}) in ${shown} or the folders in it, ` +
        `got none among ${seen} files and folders${others && ` (${others})`}.`,
    );
  }
  if (leftOut.length > 0) {
    const files = leftOut.length === 1 ? '1 file' : `${leftOut.length} files`;
    warn(`${where}: ${shown} has ${names.length} images, ${files} left out (${others}).`);
  }
  return listing;
}

/** A warning that Node prints. */
export const warn = (text: string): void => process.emitWarning(text, 'CycleGANWarning');
