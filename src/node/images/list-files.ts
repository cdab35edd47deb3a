/** Lists the images of files, folders and glob patterns. */
import { isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { isHidden, type Listing, listImages, statsOf, unsupported } from './list-images.js';

/**
 * Lists images in the order of `items`; those of a folder or a pattern are sorted. A file that several items name is listed once.
 * Names are the paths as given, with slashes. They do not depend on the other items, so a changed list keeps the names of the rest.
 *
 * @param lenient whether files that do not exist are skipped
 * @throws CycleGANError `INVALID_ARGUMENT`, `NOT_FOUND`
 */
export function listFiles(where: string, items: readonly string[], lenient: boolean): Listing {
  const listing: Listing = { names: [], skipped: [], seen: 0 };
  const listed = new Set<string>();
  const add = (name: string): void => {
    if (items.length > 1) {
      const path = resolve(name);
      if (listed.has(path)) return;
      listed.add(path);
    }
    listing.names.push(name);
  };
  const skip = (path: string, reason: string): void => void listing.skipped.push({ path, reason });
  const addFile = (name: string): void => {
    listing.seen++;
    const reason = unsupported(name);
    if (reason === undefined) add(name);
    else skip(name, reason);
  };
  for (const item of items) {
    const stats = statsOf(item);
    if (stats?.isDirectory()) {
      const folder = listImages(item);
      listing.seen += folder.seen;
      for (const name of folder.names) add(withSlashes(join(item, name)));
      for (const { path, reason } of folder.skipped) skip(path, reason);
    } else if (stats?.isFile()) {
      addFile(withSlashes(item));
    } else if (stats) {
      skip(item, 'not a file');
    } else {
      const found = isDynamicPattern(item) ? matches(item) : [];
      for (const name of found) addFile(name);
      if (found.length > 0) continue;
      if (!lenient) throw missing(where, item);
      skip(item, 'does not exist');
    }
  }
  return listing;
}

/** The files that match a pattern, sorted by code unit, without hidden ones. */
const matches = (pattern: string): string[] =>
  globSync(pattern, { absolute: isAbsolute(pattern), expandDirectories: false })
    .filter((path) => !path.split('/').some((name) => !/^\.\.?$/.test(name) && isHidden({ name })))
    .sort();

const withSlashes = (path: string): string => normalize(path).replaceAll(sep, '/');

function missing(where: string, item: string): CycleGANError {
  const what = isDynamicPattern(item)
    ? `no file matches ${show(item)}. Patterns have slashes on all systems, and ** stands for any folders.`
    : `${show(item)} does not exist.`;
  return new CycleGANError('NOT_FOUND', `${where}: files must be images, but ${what}`);
}
