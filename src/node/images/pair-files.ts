/** The files of pairs: one file per pair in one folder, or two files of the same name in two folders. */
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { SkippedFile } from './list-images.js';
import { openFolder } from './open-folder.js';

/** Two folders, of the domains A and B. Both images of a pair have the same name there; extensions may differ. */
export interface TwoFolders {
  /** Folder of the images A. */
  readonly a: string;
  /** Folder of the images B. */
  readonly b: string;
}

/** Files by pair. */
export interface PairFiles {
  /** Paths relative to the (first) folder, with slashes on all systems. */
  readonly names: readonly string[];
  /** One or two files of each pair. */
  readonly paths: readonly (readonly string[])[];
  readonly skipped: readonly SkippedFile[];
}

/** @throws CycleGANError `INVALID_ARGUMENT`, `NOT_FOUND`, `INVALID_DATA` */
export function openPairFiles(where: string, folders: unknown): PairFiles {
  if (typeof folders === 'string') {
    const { names, skipped } = openFolder(where, folders);
    return { names, skipped, paths: names.map((name) => [join(folders, name)]) };
  }
  const { a, b } = (folders ?? {}) as { a?: unknown; b?: unknown };
  if (typeof a !== 'string' || typeof b !== 'string') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected the path of a folder, or two paths such as { a: 'drawings', b: 'paintings' }, got ${show(folders)}.`,
    );
  }
  return matched(where, a, b);
}

/** The name without its extension. */
const stem = (name: string): string => name.replace(/\.[^./]*$/, '');

function matched(where: string, a: string, b: string): PairFiles {
  const [first, second] = [openFolder(where, a), openFolder(where, b)];
  const [byStemA, byStemB] = [byStem(where, a, first.names), byStem(where, b, second.names)];
  const [aloneA, aloneB] = [
    first.names.filter((name) => !byStemB.has(stem(name))).map((name) => join(a, name)),
    second.names.filter((name) => !byStemA.has(stem(name))).map((name) => join(b, name)),
  ];
  if (aloneA.length + aloneB.length > 0) {
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: each image must have a partner of the same name in the other folder. ${show(a)} has ${first.names.length} images, ` +
        `${show(b)} has ${second.names.length}. Images without a partner: ${few([...aloneA, ...aloneB])}. ` +
        'Rename or remove them.',
    );
  }
  return {
    names: first.names,
    skipped: [...first.skipped, ...second.skipped],
    paths: first.names.map((name) => [join(a, name), join(b, byStemB.get(stem(name))!)]),
  };
}

function byStem(where: string, folder: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const other = found.get(stem(name));
    if (other !== undefined) {
      throw new CycleGANError(
        'INVALID_DATA',
        `${where}: images are matched by their names without extension, which must be unique, got ` +
          `${show(join(folder, other))} and ${show(join(folder, name))}. Rename or remove one of them.`,
      );
    }
    found.set(stem(name), name);
  }
  return found;
}

/** The first three paths, and the number of others. */
const few = (paths: readonly string[]): string =>
  paths
    .slice(0, 3)
    .map((path) => show(path))
    .join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
