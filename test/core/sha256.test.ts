import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { sha256 } from '../../src/core/sha256.js';

// FIPS 180-2, appendix B.1
const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const abc = new TextEncoder().encode('abc');

test('texts, bytes, views and shared memory', async () => {
  expect(await sha256('abc')).toBe(ofAbc);
  expect(await sha256(abc)).toBe(ofAbc);
  expect(await sha256('ä')).toBe(createHash('sha256').update('ä', 'utf8').digest('hex'));
  const shared = new Uint8Array(new SharedArrayBuffer(5), 1, 3);
  shared.set(abc);
  expect(await sha256(shared)).toBe(ofAbc);
});

test('without crypto.subtle, as on a page over plain HTTP', async () => {
  vi.stubGlobal('crypto', {});
  try {
    expect(await sha256(abc)).toBe(ofAbc);
  } finally {
    vi.unstubAllGlobals();
  }
});
