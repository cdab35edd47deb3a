/** The hash in the header of a checkpoint. */
import { createHash } from 'node:crypto';

/** Stands for the hash while it is computed. */
export const noHash = '0'.repeat(64);

/** SHA-256 of bytes in parts. */
export function hashOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The position of the hash in the header. The metadata is the first entry of the header. */
export function placeOfHash(head: Uint8Array, hash: string): number {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).indexOf(`"sha256":"${hash}"`) + '"sha256":"'.length; // prettier-ignore
}
