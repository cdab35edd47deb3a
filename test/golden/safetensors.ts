/**
 * Reads the float32 tensors of a safetensors file: eight bytes with the length of a JSON header, the
 * header (name → dtype, shape, data_offsets), then the numbers. A file is not trusted: the header's
 * size, every shape and every offset are checked before anything is read from them, and tensors must
 * cover the data without gap or overlap.
 * Format: https://huggingface.co/docs/safetensors
 */
import { readFileSync } from 'node:fs';

/** A tensor as it lies in a file: numbers in row-major order. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

const LARGEST_HEADER = 16 * 1024 * 1024;

/** The tensors of the file at `path` by name, in the order of its header. Throws if anything is off. */
export function readSafetensors(path: string): Map<string, StoredTensor> {
  const bytes = readFileSync(path);
  const refuse = (what: string): never => {
    throw new Error(`${path}: not a safetensors file of float32 tensors: ${what}.`);
  };

  if (bytes.length < 8) refuse('shorter than the eight bytes of its header length');
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > LARGEST_HEADER || headerLength > bytes.length - 8) {
    refuse(`a header of ${headerLength} bytes in a file of ${bytes.length}`);
  }
  const header: unknown = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return refuse('the header is no table of tensors');
  }

  const start = 8 + headerLength;
  const size = bytes.length - start;
  const tensors = new Map<string, StoredTensor>();
  const ranges: [number, number][] = [];
  for (const [name, entry] of Object.entries(header)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (dtype !== 'F32') return refuse(`"${name}" is of type ${String(dtype)}`);
    if (!isSizes(shape)) return refuse(`"${name}" has the shape ${JSON.stringify(shape)}`);
    if (!isSizes(offsets) || offsets.length !== 2) {
      return refuse(`"${name}" has the offsets ${JSON.stringify(offsets)}`);
    }
    const [begin, end] = offsets as [number, number];
    if (begin > end || end > size) refuse(`"${name}" lies at ${begin} to ${end} of ${size} bytes`);
    if (end - begin !== 4 * shape.reduce((a, b) => a * b, 1)) {
      refuse(`"${name}" has the shape [${shape.join(', ')}] but ${end - begin} bytes`);
    }
    ranges.push([begin, end]);
    // A copy: the numbers need not be aligned in the file.
    tensors.set(name, {
      shape,
      data: new Float32Array(new Uint8Array(bytes.subarray(start + begin, start + end)).buffer),
    });
  }

  let covered = 0;
  for (const [begin, end] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (begin !== covered) refuse(`a gap or an overlap at byte ${Math.min(begin, covered)} of the data`);
    covered = end;
  }
  if (covered !== size) refuse(`${size - covered} bytes after the last tensor`);
  return tensors;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}
