/** How the readers of this folder refuse a file: with an error that names it. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

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
