/**
 * A configuration file of `train`: a JSON object with the words of the flags in camel case, `{ "size": 64, "lambdaA": 10 }`, and
 * optionally `data`, the folder. Flags on the command line win.
 */
import { readFile } from 'node:fs/promises';
import { CycleGANError } from '../../core/errors.js';
import { nearest, show } from '../../core/options.js';
import type { Given } from './add-flags.js';
import type { Flag } from './train-flags.js';

/** Options that would make no sense in a file. */
const notInFile = ['resume', 'dryRun'];

/**
 * Reads a configuration file.
 *
 * @throws CycleGANError `NOT_FOUND`, `INVALID_DATA` for a file that is not JSON, `UNKNOWN_OPTION` with the nearest name
 */
export async function readConfigFile(file: string, flags: readonly Flag[]): Promise<Map<string, Given>> {
  const words = ['data', ...flags.map(({ word }) => word).filter((word) => !notInFile.includes(word))];
  let config: unknown;
  try {
    config = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CycleGANError('NOT_FOUND', `--config: there is no file ${show(file)}.`);
    throw new CycleGANError('INVALID_DATA', `--config: ${show(file)} cannot be read: ${message}.`, { cause });
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${file}: the file must hold an object such as { "size": 64 }, got ${show(config)}.`,
    );
  }
  const unknown = Object.keys(config).find((word) => !words.includes(word));
  if (unknown !== undefined) {
    throw new CycleGANError(
      'UNKNOWN_OPTION',
      `${file}: unknown option ${show(unknown)}. ${nearest(unknown, words)}`,
    );
  }
  return new Map(
    Object.entries(config as Record<string, unknown>).map(([word, value]) => [
      word,
      { value, title: `${file}: "${word}"` },
    ]),
  );
}
