/** Where results go, checked before work begins: no result may replace an input or another result. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { Format } from './encode.js';
import type { InputFile } from './inputs.js';

/** An image and the file of its translation. */
export interface Job {
  readonly input: string;
  /** The name of the input, relative to the folder or glob that it comes from. */
  readonly name: string;
  readonly output: string;
}

/**
 * Refuses a folder that cannot be created because it or one of its parents is a file.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export function checkOut(where: string, out: string): void {
  for (let path = resolve(out); ; path = dirname(path)) {
    const isFolder = kindOf(path);
    if (isFolder === true || dirname(path) === path) return;
    if (isFolder === undefined) continue;
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: option "out" must be the path of a folder, got ${show(out)}, but ${show(path)} is a file.`,
    );
  }
}

/** Whether a path is a folder; undefined if it does not exist. */
function kindOf(path: string): boolean | undefined {
  try {
    return statSync(path).isDirectory();
  } catch {
    return undefined; // a parent may be a file: then its own turn comes
  }
}

/** File systems of these platforms do not distinguish upper and lower case. */
const ignoresCase = process.platform === 'darwin' || process.platform === 'win32';
const keyOf = (path: string): string => (ignoresCase ? resolve(path).toLowerCase() : resolve(path));

const endings: Record<Format, string> = { png: '.png', webp: '.webp', jpeg: '.jpg' };

/**
 * The result of each image: the same name and subfolder in `out`, with the extension of the format.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export function planOutputs(where: string, files: readonly InputFile[], out: string, format: Format): Job[] {
  const inputs = new Map(files.map(({ path }) => [keyOf(path), path]));
  const taken = new Map<string, string>();
  return files.map(({ path, name }) => {
    const output = join(out, name.replace(/\.[^./]*$/, '') + endings[format]);
    const key = keyOf(output);
    const replaced = inputs.get(key);
    if (replaced !== undefined) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: the result of ${show(path)} would replace the input ${show(replaced)}. Use another folder for out.`,
      );
    }
    const other = taken.get(key);
    if (other !== undefined) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: ${show(other)} and ${show(path)} would have the same result ${show(output)}. ` +
          'Rename one of them, or translate them into different folders.',
      );
    }
    taken.set(key, path);
    return { input: path, name, output };
  });
}
