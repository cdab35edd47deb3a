/**
 * SHA-256 on all platforms. Browsers have a native implementation, but only in secure contexts: pages over plain HTTP have no
 * `crypto.subtle`, so a small library computes the hash there.
 */
import { sha256 as computed } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

interface WebCrypto {
  subtle?: { digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer> };
}

/** The hash as 64 hexadecimal digits; texts are hashed as UTF-8. */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === 'string' ? utf8ToBytes(content) : content;
  const { subtle } = (globalThis as { crypto?: WebCrypto }).crypto ?? {};
  const hash =
    subtle === undefined ? computed(bytes) : new Uint8Array(await subtle.digest('SHA-256', owned(bytes)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** WebCrypto refuses shared memory, which `v8.serialize` of Bun returns: it is copied. */
const owned = (bytes: Uint8Array): Uint8Array =>
  Object.prototype.toString.call(bytes.buffer) === '[object SharedArrayBuffer]'
    ? new Uint8Array(bytes)
    : bytes;
