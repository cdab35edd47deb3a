/** Files for the tests of this folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePth } from '../../src/interop/pytorch/write-pth.js';
import type { Picklable } from '../../src/interop/pytorch/pickle.js';

const cases = join(import.meta.dirname, '../golden/cases');

/** A file that PyTorch wrote: `zip.pth`, `legacy.pth` and others of one small generator. */
export const golden = (name: string): Buffer => goldenFile(`p-weight-files.${name}`);

/** A file of a golden case. */
export const goldenFile = (name: string): Buffer => readFileSync(join(cases, name));

/** The parts of a file as one array. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A `.pth` file with any content. */
export const pth = (content: Picklable): Uint8Array => joined(encodePth(content));

/** A pickle of ASCII texts and bytes. */
export const bytesOf = (...parts: (string | number)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part, 'latin1')])),
  );

/** The message of the error that `run` throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'no error';
}
