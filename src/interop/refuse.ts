/** How the readers of this folder refuse a file: with an error that names it. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { isUint8Array } from '../core/typed-arrays.js';

/** Throws an error about a file. `fault` is the rest of the sentence: `is truncated.` */
export type Refuse = (fault: string, cause?: unknown) => never;

/**
 * @param where the function, for messages
 * @param name the file, for messages
 */
export const refusing =
  (where: string, name: string): Refuse =>
  (fault, cause) => {
    throw new CycleGANError('INVALID_DATA', `${where}: ${name === '' ? 'the file' : show(name)} ${fault}`, {
      cause,
    });
  };

/**
 * Refuses an argument that is not the content of a file.
 *
 * @param what the argument, for messages
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export function checkBytes(where: string, what: string, value: unknown): void {
  if (isUint8Array(value)) return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: ${what} must be a Uint8Array, got ${show(value)}. Wrap an ArrayBuffer: new Uint8Array(buffer).`,
  );
}
