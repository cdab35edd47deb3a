/** Expands files, folders and globs to a list of image files, each with the name that its result gets. */
import { existsSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { extensions, listImages } from '../images/list-images.js';

/** An image file. */
export interface InputFile {
  readonly path: string;
  /** The path relative to the folder or to the fixed part of the glob that it comes from, with slashes on all systems. */
  readonly name: string;
}

/** Whether `path` is the folder `folder` or below it. */
const isWithin = (folder: string, path: string): boolean => {
  const from = relative(resolve(folder), resolve(path));
  return from === '' || (from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from));
};

const isImage = (name: string): boolean => extensions.some((end) => name.toLowerCase().endsWith(end));

/**
 * Lists the images of files, folders and globs. Images below `out` are skipped if it is inside a folder or glob,
 * because they are results.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `NOT_FOUND`, `INVALID_DATA`
 */
export function listInputs(where: string, inputs: string | readonly string[], out: string): InputFile[] {
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [inputs];
  const wrong = list.find((input) => typeof input !== 'string' || input === '' || input.includes('\0'));
  if (list.length === 0 || wrong !== undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: inputs must be the path of a file or folder, a glob, or an array of them, ` +
        `got ${show(list.length === 0 ? inputs : wrong)}.`,
    );
  }
  const found = (list as string[]).flatMap((input) => expanded(where, input, out));
  // a file that is named twice is translated once
  const unique = new Map(found.map((file) => [`${resolve(file.path)}\0${file.name}`, file]));
  return [...unique.values()].sort((a, b) => inNaturalOrder(a.name, b.name));
}

const collator = new Intl.Collator('en', { numeric: true });
/** Frames without leading zeros in their order: frame2 before frame10. Equal texts for the collator by code unit. */
const inNaturalOrder = (a: string, b: string): number =>
  collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

function expanded(where: string, input: string, out: string): InputFile[] {
  const stats = existsSync(input) ? statSync(input) : undefined;
  if (stats?.isDirectory()) return ofFolder(where, input, out);
  if (stats?.isFile()) return [{ path: input, name: basename(input) }];
  if (stats === undefined && isDynamicPattern(input)) return ofGlob(where, input, out);
  throw new CycleGANError(
    stats === undefined ? 'NOT_FOUND' : 'INVALID_ARGUMENT',
    stats === undefined
      ? `${where}: there is no file or folder ${show(input)}. Check the path.`
      : `${where}: ${show(input)} is neither a file nor a folder.`,
  );
}

function ofFolder(where: string, folder: string, out: string): InputFile[] {
  const { names, seen } = listImages(folder);
  const files = names
    .map((name) => ({ path: join(folder, name), name }))
    .filter(({ path }) => !isResult(path, folder, out));
  if (files.length > 0) return files;
  throw new CycleGANError(
    'INVALID_DATA',
    `${where}: the folder ${show(folder)} must have at least one image (${extensions.join(', ')}), ` +
      `got none among ${seen} files and folders.`,
  );
}

/** Whether an image is in a folder of results inside of a folder of inputs. */
const isResult = (path: string, folder: string, out: string): boolean =>
  resolve(out) !== resolve(folder) && isWithin(folder, out) && isWithin(out, path);

function ofGlob(where: string, pattern: string, out: string): InputFile[] {
  const slashes = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  const parts = slashes.split('/');
  const fixed = parts
    .slice(
      0,
      parts.findIndex((part) => isDynamicPattern(part)),
    )
    .join('/');
  const folder = fixed === '' ? (slashes.startsWith('/') ? '/' : '.') : fixed;
  const rest = slashes.slice(fixed === '' ? (slashes.startsWith('/') ? 1 : 0) : fixed.length + 1);
  if (rest.split('/').includes('..')) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: a glob must not have ".." after its first wildcard, got ${show(pattern)}. Write the folders first.`,
    );
  }
  const files = globSync([rest], { cwd: folder, onlyFiles: true, expandDirectories: false })
    .filter(isImage)
    .map((name) => ({ path: join(folder, name), name }))
    .filter(({ path }) => !isResult(path, folder, out));
  if (files.length > 0) return files;
  throw new CycleGANError(
    'NOT_FOUND',
    `${where}: no image (${extensions.join(', ')}) matches ${show(pattern)}. Check the pattern, or pass a folder.`,
  );
}
