/** How much memory decoded images may take by default. */
import { totalmem } from 'node:os';

/** A sixteenth of the memory that the process may use, at most 1 GiB. */
export function defaultCache(): number {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.min(2 ** 30, Math.floor(memory / 16));
}
