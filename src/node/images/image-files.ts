/** Images of a list of files, folders and glob patterns. */
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, show } from '../../core/options.js';
import { type ImageFolder, imageFolderEntries, type ImageFolderOptions, imageSet } from './image-set.js';
import { listFiles } from './list-files.js';
import { report } from './open-folder.js';

/**
 * Images of files, folders and glob patterns, for training or testing. Images are read as by {@link imageFolder}.
 *
 * The images keep the order of the list; those of a folder or a pattern are sorted by path. Each file counts once. The name of an
 * image is its path as given, with slashes. An epoch can be resumed after the list has changed if the rest is given as before:
 * from the same folder, if paths are relative.
 *
 * @param files a path or pattern such as `photos/**\/*.jpg`, or a list of them. A path that exists is never taken for a pattern
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `NOT_FOUND` for a path that does not
 * exist and a pattern that matches no file (with `onError: 'skip'`, they are skipped), `INVALID_DATA` if there is no image at all.
 * On reading: the errors of {@link imageFolder}
 * @example
 * ```ts
 * import { imageFiles } from 'ts-cyclegan/node';
 * const photos = () => imageFiles('photos/2024-*\/**\/*.{jpg,png}', { cropSize: 128 });
 * const some = () => imageFiles(['photos/1.jpg', 'photos/7.jpg', 'scans'], { cropSize: 128 });
 * ```
 */
export function imageFiles(files: string | readonly string[], options: ImageFolderOptions = {}): ImageFolder {
  const where = 'imageFiles';
  const settings = resolveOptions(where, imageFolderEntries, options);
  const items: unknown = typeof files === 'string' ? [files] : files;
  const isPath = (item: unknown) => typeof item === 'string' && item !== '' && !item.includes('\0');
  if (!Array.isArray(items) || items.length === 0 || !items.every(isPath)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: files must be a path, a glob pattern, or a list of them that is not empty, got ${show(files)}.`,
    );
  }
  const listing = listFiles(where, items as string[], settings.onError === 'skip');
  report(where, 'files', 'the list', listing);
  const { names, skipped } = listing;
  return imageSet({ where, names, skipped, pathOf: (name) => name }, settings);
}
