/** The folders of two unpaired domains: trainA, trainB, testA and testB in one folder, as in the datasets of the paper, or two. */
import { opendirSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, show } from '../../core/options.js';
import { imageFolder } from './image-folder.js';
import { type ImageFolder, imageFolderEntries, type ImageFolderOptions } from './image-set.js';
import { statsOf } from './list-images.js';
import type { TwoFolders } from './pair-files.js';

/** Images of two unpaired domains. */
export interface UnpairedFolder {
  readonly trainA: ImageFolder;
  readonly trainB: ImageFolder;
  /** Images for testing, with the option `training: false`. Undefined without such a folder. */
  readonly testA?: ImageFolder;
  readonly testB?: ImageFolder;
}

const where = 'unpairedFolder';
const required = ['trainA', 'trainB'] as const;

/**
 * Images of two unpaired domains, for CycleGAN: a folder with the subfolders `trainA` and `trainB`, and perhaps `testA` and
 * `testB`, as all datasets of the CycleGAN paper have, or two folders.
 *
 * @param folders the path of the folder, or two paths such as `{ a: 'horses', b: 'zebras' }`, which are then `trainA` and `trainB`
 * @param options options of {@link imageFolder} for all sets. `testA` and `testB` are read without crops and flips: `training` is
 * false, and `flip` and the `loadSize` of the mode `resize_and_crop` are not used
 * @throws CycleGANError the errors of {@link imageFolder}, and `NOT_FOUND` without `trainA` or `trainB`
 * @example
 * ```ts
 * import type { CycleGANTrainer } from 'ts-cyclegan';
 * import { unpairedFolder } from 'ts-cyclegan/node';
 * const train = async (trainer: CycleGANTrainer) => {
 *   const { trainA, trainB } = unpairedFolder('horse2zebra', { cropSize: 128 });
 *   return trainer.fit(trainA, trainB);
 * };
 * ```
 */
export function unpairedFolder(
  folders: string | TwoFolders,
  options: ImageFolderOptions = {},
): UnpairedFolder {
  resolveOptions(where, imageFolderEntries, options);
  if (typeof folders !== 'string') {
    const { a, b } = checkTwo(folders);
    return { trainA: imageFolder(a, options), trainB: imageFolder(b, options) };
  }
  checkFolder(folders);
  const [trainA, trainB] = required.map((name) => imageFolder(join(folders, name), options));
  const test = (name: 'testA' | 'testB') =>
    isFolder(join(folders, name)) && { [name]: imageFolder(join(folders, name), forTesting(options)) };
  return { trainA: trainA!, trainB: trainB!, ...test('testA'), ...test('testB') };
}

/** Without crops and flips, as in the tests of both programs: images are resized to `cropSize` directly. */
function forTesting({ loadSize, flip: _, ...options }: ImageFolderOptions): ImageFolderOptions {
  const { mode = 'resize_and_crop' } = options;
  const keepsLoadSize = mode !== 'resize_and_crop' && loadSize !== undefined;
  return { ...options, training: false, ...(keepsLoadSize && { loadSize }) };
}

const isFolder = (path: string): boolean => statsOf(path)?.isDirectory() === true;

/** @throws CycleGANError `INVALID_ARGUMENT` */
function checkTwo(folders: unknown): TwoFolders {
  const { a, b } = (folders ?? {}) as { a?: unknown; b?: unknown };
  if (typeof a === 'string' && typeof b === 'string') return { a, b };
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: expected the path of a folder with trainA and trainB, or two paths such as { a: 'horses', b: 'zebras' }, ` +
      `got ${show(folders)}.`,
  );
}

/** Refuses a folder without trainA or trainB, and says what it has instead. */
function checkFolder(path: string): void {
  const missing = required.filter((name) => !isFolder(join(path, name)));
  if (missing.length === 0) return;
  const expected = `${where}: ${show(path)} must be a folder with the folders trainA and trainB`;
  if (!isFolder(path)) {
    const got = statsOf(path) ? 'is a file' : 'does not exist';
    throw new CycleGANError('NOT_FOUND', `${expected}, but it ${got}.`);
  }
  const found = subfolders(path);
  const got =
    found.length > 0 ? `got the folders ${found.map((name) => show(name)).join(', ')}` : 'got no folders';
  throw new CycleGANError('NOT_FOUND', `${expected}, ${got}. ${hint(path, missing, found)}`);
}

/** What to do, depending on the folders that were found. */
function hint(path: string, missing: readonly string[], found: readonly string[]): string {
  const inner = found.find((name) => required.every((domain) => isFolder(join(path, name, domain))));
  if (inner !== undefined) return `Did you mean ${show(join(path, inner))}?`;
  const plain = (name: string) => name.toLowerCase().replace(/[-_ ]/g, '');
  const misspelled = missing.map((name) => found.find((other) => plain(other) === plain(name)));
  if (misspelled.every((name) => name !== undefined)) {
    return `Rename ${misspelled.map((name) => show(name)).join(' and ')} to ${missing.join(' and ')}.`;
  }
  if (found.includes('train')) return `pairedFolder reads the pairs of ${show(join(path, 'train'))}.`;
  return `For folders of other names, pass { a: 'path', b: 'path' }.`;
}

/** The names of the first subfolders, sorted. The folder may have a million images instead. */
function subfolders(path: string): string[] {
  const [most, mostEntries] = [10, 10_000];
  const found: string[] = [];
  const folder = opendirSync(path);
  try {
    for (let seen = 0; seen < mostEntries && found.length < most; seen++) {
      const entry = folder.readSync();
      if (!entry) break;
      if (entry.isDirectory()) found.push(entry.name);
    }
  } finally {
    folder.closeSync();
  }
  return found.sort();
}
