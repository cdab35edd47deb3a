/** Lists the images of a folder and of the folders in it, and tells what it leaves out. */
import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file that is not among the images of a folder, and why. */
export interface LeftOut {
  /** Where it is. */
  readonly path: string;
  /** Why it is left out. */
  readonly reason: string;
}

/** What a folder holds. */
export interface Listing {
  /** Paths of the images below the folder, with slashes on every system, sorted by code unit. */
  names: string[];
  /** All other files that are not hidden. */
  leftOut: LeftOut[];
  /** How many files and folders there are that are not hidden. */
  seen: number;
}

/** What sharp reads on every platform. SVG has no pixels of its own. */
export const extensions = [
  '.avif', '.gif', '.jfif', '.jpe', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp',
]; // prettier-ignore

/** Folders in which systems keep thumbnails, attributes and deleted files. */
const systemFolders = ['__macosx', '@eadir', '#recycle', '$recycle.bin'];

const isHidden = ({ name }: Dirent) => name.startsWith('.') || systemFolders.includes(name.toLowerCase());

/** Follows links, and lists each real folder once: under its own path if it lies below `root`. */
export function listImages(root: string): Listing {
  const listing: Listing = { names: [], leftOut: [], seen: 0 };
  const listed = new Set<string>();
  let links: string[] = []; // to folders; they have their turn after the folders themselves

  const visit = (folder: string): void => {
    const path = join(root, folder);
    const real = realpathSync(path);
    if (listed.has(real)) return;
    listed.add(real);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (isHidden(entry)) continue;
      listing.seen++;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      leavingOut(name, () => sort(name, entry));
    }
  };

  /** Puts an entry where it belongs, or returns why it is left out. */
  const sort = (name: string, entry: Dirent): string | undefined => {
    const path = join(root, name);
    // Bytes that are not UTF-8 became U+FFFD, and a file of that name does not exist.
    if (name.includes('\uFFFD') && !lstatSync(path, { throwIfNoEntry: false })) return 'undecodable name';
    const target = entry.isSymbolicLink() ? targetOf(path) : entry;
    if (!target) return 'dangling link';
    if (target.isDirectory()) {
      if (entry.isSymbolicLink()) links.push(name);
      else visit(name);
      return undefined;
    }
    if (!target.isFile()) return 'not a file';
    const extension = extname(name).toLowerCase();
    if (!extensions.includes(extension)) return `unsupported format ${extension || 'without extension'}`;
    listing.names.push(name);
    return undefined;
  };

  /** What the system does not let us read is left out as well, with the system's reason. */
  const leavingOut = (name: string, read: () => string | undefined): void => {
    let reason: string | undefined;
    try {
      reason = read();
    } catch (error) {
      reason = (error as NodeJS.ErrnoException).code ?? String(error);
    }
    if (reason !== undefined) listing.leftOut.push({ path: join(root, name), reason });
  };

  visit('');
  while (links.length > 0) {
    const found = links.sort(); // the order of the file system must not decide which link lists a folder
    links = [];
    for (const name of found) {
      leavingOut(name, () => {
        visit(name);
        return undefined;
      });
    }
  }
  listing.names.sort(); // by code unit, as Python sorts: the same order on every machine
  listing.leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return listing;
}

/** What a link points to, or undefined if that does not exist. */
function targetOf(link: string): Stats | undefined {
  try {
    return statSync(link);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/** What is left out in one line: each reason with its count, and the first paths where the reason tells no format. */
export function summarize(leftOut: readonly LeftOut[]): string {
  const paths = new Map<string, string[]>();
  for (const { path, reason } of leftOut) {
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

/** The first three paths, and how many more there are. */
function quoted(paths: readonly string[]): string {
  const first = paths.slice(0, 3).map((path) => JSON.stringify(path));
  return first.join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
}
