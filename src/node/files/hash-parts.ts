/** SHA-256 of bytes in parts. WebCrypto, which `core/sha256.ts` uses, wants all bytes in one piece and copies them. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

/** Bytes that are hashed before other work has its turn: some milliseconds. */
const mostAtOnce = 2 ** 22;

/** The hash as 64 hexadecimal digits. */
export async function sha256OfParts(parts: readonly (ArrayBuffer | Uint8Array)[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : new Uint8Array(part);
    for (let at = 0; at < bytes.length; at += mostAtOnce) {
      hash.update(bytes.subarray(at, at + mostAtOnce));
      if (bytes.length > mostAtOnce) await setImmediate();
    }
  }
  return hash.digest('hex');
}

/** Divides bytes in parts into pieces of `size` bytes, the last one shorter, without a copy. There is at least one piece. */
export function piecesOf(parts: readonly Uint8Array[], size: number): Uint8Array[][] {
  const pieces: Uint8Array[][] = [[]];
  let free = size;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      if (free === 0) {
        pieces.push([]);
        free = size;
      }
      const taken = part.subarray(at, at + free);
      pieces.at(-1)!.push(taken);
      at += taken.length;
      free -= taken.length;
    }
  }
  return pieces;
}
