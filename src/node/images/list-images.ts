/** Lists the images of a folder and its subfolders, and the files that it skips. */
import { type Dirent, lstatSync, opendirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file of a folder that is skipped. */
export interface SkippedFile {
  /** Path of the file. */
  readonly path: string;
  /** Why it is skipped. */
  readonly reason: string;
}

/** The contents of a folder. */
export interface Listing {
  /** Paths of the images relative to the folder, with slashes on all systems, sorted by code unit. */
  names: string[];
  /** All other files, except hidden ones. */
  skipped: SkippedFile[];
  /** Number of files and folders, except hidden ones. */
  seen: number;
}

/** Formats that sharp reads on all platforms. */
export const extensions = [
  '.avif', '.gif', '.jfif', '.jpe', '.jpeg', '.jpg', '.png', '.svg', '.tif', '.tiff', '.webp',
]; // prettier-ignore

const known = new Set(extensions);

/** Why a file with this name is not read; undefined if it is. */
export function unsupported(name: string): string | undefined {
  const extension = extname(name).toLowerCase();
  if (known.has(extension)) return undefined;
  return `unsupported format ${extension || 'without extension'}`;
}

/** Folders of operating systems for thumbnails, attributes and deleted files. */
const systemFolders = ['__macosx', '@eadir', '#recycle', '$recycle.bin'];

export const isHidden = ({ name }: { name: string }): boolean =>
  name.startsWith('.') || (/^[_@#$]/.test(name) && systemFolders.includes(name.toLowerCase()));

/** Follows links and lists each real folder once, under its own path if it is below `root`. */
export function listImages(root: string): Listing {
  const listing: Listing = { names: [], skipped: [], seen: 0 };
  const listed = new Set<string>();
  let links: string[] = []; // links to folders are visited after all real folders

  const visit = (folder: string): void => {
    const path = join(root, folder);
    const real = realpathSync(path);
    if (listed.has(real)) return;
    listed.add(real);
    for (const entry of entriesOf(path)) {
      if (isHidden(entry)) continue;
      listing.seen++;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      orSkip(name, () => sort(name, entry));
    }
  };

  /** Adds an entry to its list, or returns why it is skipped. */
  const sort = (name: string, entry: Dirent): string | undefined => {
    const path = join(root, name);
    // bytes that are not UTF-8 have become U+FFFD, so no file of this name exists
    if (name.includes('\uFFFD') && !lstatSync(path, { throwIfNoEntry: false })) return 'undecodable name';
    const target = entry.isSymbolicLink() ? statsOf(path) : entry;
    if (!target) return 'dangling link';
    if (target.isDirectory()) {
      if (entry.isSymbolicLink()) links.push(name);
      else visit(name);
      return undefined;
    }
    if (!target.isFile()) return 'not a file';
    const reason = unsupported(name);
    if (reason === undefined) listing.names.push(name);
    return reason;
  };

  /** Runs `read`. Entries that it refuses, or that the system does not let us read, are skipped. */
  const orSkip = (name: string, read: () => string | undefined): void => {
    let reason: string | undefined;
    try {
      reason = read();
    } catch (error) {
      reason = (error as NodeJS.ErrnoException).code ?? String(error);
    }
    if (reason !== undefined) listing.skipped.push({ path: join(root, name), reason });
  };

  visit('');
  while (links.length > 0) {
    const found = links.sort(); // the order of the file system must not decide which link lists a folder
    links = [];
    for (const name of found) {
      orSkip(name, () => {
        visit(name);
        return undefined;
      });
    }
  }
  listing.names.sort(); // by code unit, as in Python: the same order on all machines
  listing.skipped.sort((a, b) => (a.path < b.path ? -1 : 1));
  return listing;
}

/** The entries of a folder, a part at a time: those of a folder with a million files would fill hundreds of megabytes. */
function* entriesOf(path: string): Generator<Dirent> {
  const folder = opendirSync(path, { bufferSize: 1024 });
  try {
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) yield entry;
  } finally {
    folder.closeSync();
  }
}

/** What is at a path or where a link leads; undefined if there is nothing. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(code)) return undefined;
    throw error;
  }
}

/** A line with each reason and its count, and the first paths unless the reason is the format. */
export function summarize(skipped: readonly SkippedFile[]): string {
  const paths = new Map<string, string[]>();
  for (const { path, reason } of skipped) {
    const known = paths.get(reason);
    if (known) known.push(path);
    else paths.set(reason, [path]);
  }
  return [...paths]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, of]) => {
      const named = reason.startsWith('unsupported') ? '' : ` (${quoted(of)})`;
      return `${reason}: ${of.length}${named}`;
    })
    .join(', ');
}

/** The first three paths, and the number of others. */
function quoted(paths: readonly string[]): string {
  const first = paths.slice(0, 3).map((path) => JSON.stringify(path));
  return first.join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
}
