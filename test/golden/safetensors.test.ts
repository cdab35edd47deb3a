/** The reader of safetensors files: what it reads and what it refuses. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSafetensors } from './safetensors.js';

/** A file with this header, its length unless another is given, and `size` bytes of numbers. */
async function file(header: unknown, { size = 8, length }: { size?: number; length?: bigint } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-safetensors-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  const numbers = Buffer.alloc(size);
  if (size >= 8) numbers.writeFloatLE(1.5, 4);
  const path = join(folder, 'case.safetensors');
  await writeFile(path, Buffer.concat([prefix, json, numbers]));
  return path;
}

const tensor = (shape: unknown, offsets: unknown, dtype = 'F32') => ({ dtype, shape, data_offsets: offsets });

test('reads tensors by name', async () => {
  const path = await file({ a: tensor([], [0, 4]), b: tensor([1, 1], [4, 8]) });
  expect(readSafetensors(path)).toEqual(
    new Map([
      ['a', { shape: [], data: Float32Array.of(0) }],
      ['b', { shape: [1, 1], data: Float32Array.of(1.5) }],
    ]),
  );
});

test.for<[string, unknown, { size?: number; length?: bigint }?]>([
  ['a header of 1000 bytes in a file of 25', {}, { size: 15, length: 1000n }],
  ['the header is no table of tensors', []],
  ['"a" is of type F16', { a: tensor([2], [0, 8], 'F16') }],
  ['"a" is of type undefined', { a: null }],
  ['"a" has the shape [-2]', { a: tensor([-2], [0, 8]) }],
  ['"a" has the shape "2"', { a: tensor('2', [0, 8]) }],
  ['"a" has the offsets [0]', { a: tensor([2], [0]) }],
  ['"a" lies at 0 to 16 of 8 bytes', { a: tensor([4], [0, 16]) }],
  ['"a" lies at 8 to 0 of 8 bytes', { a: tensor([2], [8, 0]) }],
  ['"a" has the shape [3] but 8 bytes', { a: tensor([3], [0, 8]) }],
  ['a gap or an overlap at byte 0 of the data', { a: tensor([1], [4, 8]) }],
  ['a gap or an overlap at byte 4 of the data', { a: tensor([2], [0, 8]), b: tensor([1], [4, 8]) }],
  ['4 bytes after the last tensor', { a: tensor([1], [0, 4]) }],
])('refuses a file: %s', async ([what, header, options]) => {
  const path = await file(header, options);
  expect(() => readSafetensors(path)).toThrow(`${path}: not a safetensors file of float32 tensors: ${what}.`);
});
