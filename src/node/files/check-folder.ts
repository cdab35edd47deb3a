/** Checks the folder of `fileSystem`. Errors show the correct call. */
import { statSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

/** @throws CycleGANError `INVALID_ARGUMENT` */
export function checkFolder(folder: unknown): asserts folder is string {
  const fault = faultOf(folder);
  if (fault === undefined) return;
  const got = folder instanceof URL ? `the URL ${show(folder.href)}` : show(folder);
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `fileSystem: folder must be the path of a folder, got ${got}. ${fault}`,
  );
}

const call = (path: string): string => `Call fileSystem(${show(path)}).`;

function faultOf(folder: unknown): string | undefined {
  if (folder instanceof URL) return urlFault(folder.href);
  if (typeof folder !== 'string' || folder.trim() === '') return 'Pass the folder of model.json.';
  if (folder.includes('\0')) return 'A path cannot contain the character U+0000.';
  if (/^(?:file:|[a-z][a-z\d+.-]+:\/\/)/i.test(folder)) return urlFault(folder);
  if (/^~(?:[\\/]|$)/.test(folder))
    return `Node does not expand "~". ${call(join(homedir(), folder.slice(1)))}`;
  const found = statsOf(folder);
  if (found instanceof Error) return `${found.message}.`;
  if (/^model\.json$/i.test(basename(folder)) && found?.isDirectory() !== true) {
    return `Pass the folder of model.json. ${call(dirname(folder))}`;
  }
  return fileInTheWay(folder, found);
}

function urlFault(url: string): string {
  if (!/^file:/i.test(url)) {
    return `Pass URLs to save and load directly: CycleGAN.load(${show(url)}).`;
  }
  return `Pass a path, not a URL. ${call(pathOf(url))}`;
}

/** The path of a file URL, or the probable path of an invalid one such as file://./model. */
function pathOf(url: string): string {
  try {
    if (/^file:\//i.test(url)) return fileURLToPath(url);
  } catch {
    // the first folder is in the place of the host
  }
  return url.replace(/^file:(?:\/\/)?/i, '') || '.';
}

function statsOf(path: string): Stats | Error | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? undefined : (error as Error);
  }
}

/** The nearest existing parent of the path must be a folder. */
function fileInTheWay(folder: string, found: Stats | undefined): string | undefined {
  let [path, stats]: [string, Stats | Error | undefined] = [resolve(folder), found];
  while (stats === undefined && dirname(path) !== path) {
    path = dirname(path);
    stats = statsOf(path);
  }
  if (stats === undefined || stats instanceof Error || stats.isDirectory()) return undefined;
  return path === resolve(folder)
    ? 'It is a file. Pass the folder of model.json.'
    : `${show(path)} is a file. Pass the folder of model.json.`;
}
