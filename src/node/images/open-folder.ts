/** Lists a folder of images, refuses other paths, and warns of files that are skipped. */
import { isDynamicPattern } from 'tinyglobby';
import { CycleGANError } from '../../core/errors.js';
import { warn } from '../files/warn.js';
import { extensions, type Listing, listImages, statsOf, summarize } from './list-images.js';

/** @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_DATA` */
export function openFolder(where: string, folder: string): Listing {
  const shown = JSON.stringify(folder);
  const stats = statsOf(folder);
  if (!stats) {
    const hint = isDynamicPattern(folder) ? ' Use imageFiles for patterns.' : '';
    throw new CycleGANError(
      'NOT_FOUND',
      `${where}: path must be a folder of images, but ${shown} does not exist.${hint}`,
    );
  }
  if (!stats.isDirectory()) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: path must be a folder of images, got the file ${shown}. Use imageFiles for files, and readImage to read one image.`,
    );
  }
  const listing = listImages(folder);
  report(where, `${shown} or its subfolders`, shown, listing);
  return listing;
}

/**
 * Refuses a listing without images, and warns of files that are skipped.
 *
 * @param places where images were looked for, `given` the argument, for messages
 * @throws CycleGANError `INVALID_DATA`
 */
export function report(
  where: string,
  places: string,
  given: string,
  { names, skipped, seen }: Listing,
): void {
  const others = summarize(skipped);
  if (names.length === 0) {
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: ${places} must have at least one image (${extensions.join(', ')}), ` +
        `got none among ${seen} files and folders${others && ` (${others})`}.`,
    );
  }
  if (skipped.length > 0) {
    const files = skipped.length === 1 ? '1 file' : `${skipped.length} files`;
    warn(`${where}: ${given} has ${names.length} images, ${files} skipped (${others}).`);
  }
}
