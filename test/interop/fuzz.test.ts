/** A thousand damaged files of each format are read, or refused with an error of ours. */
import { isCycleGANError, Random } from 'ts-cyclegan';
import { inferArchitecture, readStateDicts, writeStateDict } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { damage } from '../support/mutations.js';
import { golden, joined } from './files.js';

const small = readStateDicts(golden('views.pth'))['']!;

test.each([
  ['.pth', 700, golden('zip.pth')],
  ['.pth of the older format', 700, golden('legacy.pth')],
  ['.pth of float16', 300, golden('half.pth')],
  ['.pth of this library', 300, joined(writeStateDict(small, { format: 'pytorch' }))],
  ['.safetensors', 1000, golden('weights.safetensors')],
])('%s', (_, count, file) => {
  const random = new Random(7);
  const bytes = new Uint8Array(file);
  let [read, refused] = [0, 0];
  for (let i = 0; i < count; i++) {
    let damaged = damage(bytes, random);
    if (i % 2 === 1) damaged = damage(damaged.subarray(0, 3000), random); // in the pickle or the header, more often
    if (i % 3 === 0) damaged = withDamagedEnds(bytes, random);
    if (damaged.length === 0) continue;
    try {
      Object.values(readStateDicts(damaged, { name: 'damaged' })).forEach(inferArchitecture);
      read++;
    } catch (error) {
      if (!isCycleGANError(error)) throw error;
      if (!/^(readStateDicts: "damaged"|inferArchitecture:) /.test(error.message)) throw error;
      refused++;
    }
  }
  expect(read + refused).toBeGreaterThan(0.9 * count);
  expect(refused).toBeGreaterThan(0.3 * count);
});

/** A byte of the first or the last 2,000 changed, where pickles, headers and directories are. */
function withDamagedEnds(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = random.index(2000);
  copy[random.index(2) === 0 ? at : copy.length - 1 - at] = random.index(256);
  return copy;
}
