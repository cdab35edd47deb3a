/** Packages that the command loads when it needs them, and their versions. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

/** Where packages are looked for: next to this package first, then in the project of the working directory. */
const places = (): string[] => [fileURLToPath(import.meta.url), join(process.cwd(), 'package.json')];

/** The manifest of a package in `folder`, if that is the package's folder. */
function manifestIn(folder: string, name: string): { version?: string } | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
    return manifest.name === name ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** All folders around a path, from the nearest on. */
function around(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...around(parent)];
}

/** The file that Node loads for a name at a place. Packages of ES modules only have none for `require`. */
function fileOf(name: string, place: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}

/** The version of an installed package, from its package.json; undefined if it is not installed. */
export function packageVersion(name: string): string | undefined {
  for (const place of places()) {
    const file = fileOf(name, place);
    const folders = [
      ...(file === undefined ? [] : around(file)),
      ...around(place).map((folder) => join(folder, 'node_modules', name)),
    ];
    for (const folder of folders) {
      const manifest = manifestIn(folder, name);
      if (manifest !== undefined) return manifest.version ?? 'unknown';
    }
  }
  return undefined;
}

/** The command that installs packages. Their install scripts only download what this library does not use. */
export const installLine = (...names: string[]): string => `npm install --ignore-scripts ${names.join(' ')}`;

/**
 * Loads a package by its name.
 *
 * @param purpose what needs it, for the error
 * @throws CycleGANError `UNSUPPORTED` if it is not installed or cannot be loaded
 */
export async function loadPackage(name: string, purpose: string): Promise<unknown> {
  const refuse = (why: string, cause?: unknown) =>
    new CycleGANError('UNSUPPORTED', `${purpose} needs the package ${show(name)}, which ${why}. Run: ${installLine(name)}`, { cause }); // prettier-ignore
  if (packageVersion(name) === undefined) throw refuse('is not installed');
  try {
    return await import(name);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const here = fileOf(name, places()[1]!);
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`) && here !== undefined) {
      return import(pathToFileURL(here).href);
    }
    throw refuse(`cannot be loaded: ${message.split('\n')[0]!}`, cause);
  }
}
