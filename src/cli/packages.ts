/** Packages that the command loads when it needs them, and their versions. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

/** Where packages are looked for: next to this package first, then in the project of the working directory. */
const places = (): NodeJS.Require[] => [
  createRequire(import.meta.url),
  createRequire(join(process.cwd(), 'package.json')),
];

/** The file that a package's name stands for, or undefined if it is not installed. */
export function resolvePackage(name: string): string | undefined {
  for (const place of places()) {
    try {
      return place.resolve(name);
    } catch {
      // not here
    }
  }
  return undefined;
}

/** The version of an installed package, from its package.json. */
export function packageVersion(name: string): string | undefined {
  let file = resolvePackage(name);
  while (file !== undefined && dirname(file) !== file) {
    file = dirname(file);
    try {
      const found = JSON.parse(readFileSync(join(file, 'package.json'), 'utf8')) as Partial<
        Record<string, string>
      >;
      if (found.name === name) return found.version;
    } catch {
      // a folder without package.json
    }
  }
  return undefined;
}

/** The command that installs packages. Their install scripts only download what this library does not use. */
export const installLine = (...names: string[]): string => `npm install --ignore-scripts ${names.join(' ')}`;

/**
 * Loads a package by its name.
 *
 * @param purpose what it is needed for, for the error
 * @throws CycleGANError `UNSUPPORTED` if it is not installed or cannot be loaded
 */
export async function loadPackage(name: string, purpose: string): Promise<unknown> {
  const file = resolvePackage(name);
  if (file === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${purpose} needs the package ${show(name)}, which is not installed. Run: ${installLine(name)}`,
    );
  }
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    const { message } = cause as Error;
    throw new CycleGANError(
      'UNSUPPORTED',
      `${purpose} needs the package ${show(name)}, which cannot be loaded: ${message.split('\n')[0]!}. Run: ${installLine(name)}`,
      { cause },
    );
  }
}

/** This package's own version. */
export function ownVersion(): string {
  const require = createRequire(import.meta.url);
  // The bundle is in dist, the source in src/cli.
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = require(path) as { name: string; version: string };
      if (name === 'ts-cyclegan') return version;
    } catch {
      // not there
    }
  }
  return 'unknown';
}
