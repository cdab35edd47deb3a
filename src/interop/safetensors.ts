/**
 * The safetensors format of Hugging Face: a 64-bit length, a JSON header with the type, shape and place of each tensor, and the
 * values. Python reads it with the package `safetensors`.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { CycleGANError } from '../core/errors.js';
import { elementTypes } from './element-types.js';

/** A tensor of a safetensors file. */
export interface SafeTensor {
  shape: readonly number[];
  data: Float32Array | Int32Array | Uint8Array | BigInt64Array;
}

/** The content of a safetensors file. */
export interface SafeTensors {
  tensors: Record<string, SafeTensor>;
  /** Texts by name. */
  metadata: Record<string, string>;
}

/** The types that are written, and read as they are. */
const written = { F32: Float32Array, I32: Int32Array, U8: Uint8Array, I64: BigInt64Array } as const;
type Type = keyof typeof written;
const typeOf = (data: SafeTensor['data']): Type =>
  (Object.keys(written) as Type[]).find((type) => data instanceof written[type])!;

interface Readable {
  /** Bytes of an element. */
  size: number;
  decode(bytes: Uint8Array): SafeTensor['data'];
}

/** All types that are read. Other floats become float32. */
const types: Record<string, Readable> = {
  ...Object.fromEntries(
    Object.entries(written).map(([name, type]): [string, Readable] => [
      name,
      { size: type.BYTES_PER_ELEMENT, decode: (bytes) => new type(bytes.slice().buffer) },
    ]),
  ),
  F64: elementTypes.float64,
  F16: elementTypes.float16,
  BF16: elementTypes.bfloat16,
};

/** All platforms have it, but the types of the language do not. */
const { TextDecoder } = globalThis as unknown as {
  TextDecoder: new (encoding: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };
};

/** Values start at a multiple of this, so that typed arrays can view them. */
const alignment = 8;

/**
 * The bytes of a safetensors file, in parts: the header, then the values of each tensor, which are not copied.
 *
 * The order is by the size of the elements, then by the names, as in the program of Hugging Face.
 */
export function encodeSafetensors({ tensors, metadata }: SafeTensors): Uint8Array[] {
  const size = (name: string) => tensors[name]!.data.BYTES_PER_ELEMENT;
  const names = Object.keys(tensors).sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  const parts = names.map((name) => {
    const { shape, data } = tensors[name]!;
    header[name] = { dtype: typeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  });
  const text = utf8ToBytes(JSON.stringify(header));
  const length = Math.ceil(text.length / alignment) * alignment;
  const head = new Uint8Array(8 + length).fill(0x20); // padded with spaces
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, 8);
  return [head, ...parts];
}

interface Entry {
  dtype: unknown;
  shape: number[];
  data_offsets: number[];
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

/** Whether the bytes begin as a safetensors file: its header is a JSON object. */
export const isSafetensors = (bytes: Uint8Array): boolean => bytes[8] === 0x7b;

/**
 * Reads a safetensors file. The tensors are copies.
 *
 * @param where the function and the file, for messages
 * @throws CycleGANError `INVALID_DATA` for files that are truncated or damaged, and for other types of elements than
 * F32, F64, F16, BF16, I64, I32 and U8
 */
export function decodeSafetensors(where: string, bytes: Uint8Array): SafeTensors {
  const refuse = (fault: string): never => {
    throw new CycleGANError('INVALID_DATA', `${where} ${fault}`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) {
    return refuse(`is not a safetensors file, or is truncated: it has ${bytes.length} bytes.`);
  }
  const header = parsed(bytes.subarray(8, 8 + length));
  if (header === undefined) return refuse('is not a safetensors file: its header is not a JSON object.');
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isTexts(metadata)) return refuse('is damaged: its metadata must be texts.');
  // not of Node's class Buffer, whose `slice` does not copy
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + 8 + length, bytes.length - 8 - length);
  let total = 0;
  const tensors = Object.entries(entries as Record<string, Partial<Entry> | null>).map(([name, entry]) => {
    const { dtype, shape, data_offsets: place } = entry ?? {};
    const type = typeof dtype === 'string' && Object.hasOwn(types, dtype) ? types[dtype] : undefined;
    const shown = JSON.stringify(name);
    if (type === undefined) return refuse(`has the tensor ${shown} of type ${JSON.stringify(dtype)}; ${Object.keys(types).join(', ')} are supported.`); // prettier-ignore
    if (!isCounts(shape) || !isCounts(place) || place.length !== 2) {
      return refuse(`is damaged: the header of the tensor ${shown} is invalid.`);
    }
    const [from, to] = place as [number, number];
    const size = shape.reduce((count, side) => count * side, type.size);
    if (to - from !== size) refuse(`is damaged: the tensor ${shown} must have ${size} bytes, got ${to - from}.`); // prettier-ignore
    if (to > values.length) refuse(`is truncated: the tensor ${shown} would end at byte ${8 + length + to}, the file ends at byte ${bytes.length}.`); // prettier-ignore
    total += size;
    if (total > values.length) refuse(`is damaged: its tensors overlap. They have more than its ${values.length} bytes.`); // prettier-ignore
    return [name, { shape, data: type.decode(values.subarray(from, to)) }] as const;
  });
  if (total !== values.length) refuse(`is damaged: its tensors have ${total} bytes, got ${values.length}.`);
  return { tensors: Object.fromEntries(tensors), metadata };
}

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');

function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
