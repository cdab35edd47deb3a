/** Types, shapes and values of datasets and attributes. */
import { getFloat16 } from '@petamoriken/float16';
import type { Source } from './source.js';

/** A type of elements. */
export interface DataType {
  /** Bytes of an element. */
  readonly size: number;
  /** Texts of `size` bytes, texts in a heap, or the kind of a float. */
  readonly kind: 'text' | 'heap text' | 'float16' | 'float32' | 'float64' | 'other';
}

/** The bits of the exponent and of the mantissa of floats, by the size in bytes. */
const floats: Record<number, [kind: DataType['kind'], exponent: number, mantissa: number]> = {
  2: ['float16', 5, 10],
  4: ['float32', 8, 23],
  8: ['float64', 11, 52],
};

const classes = { float: 1, text: 3, variable: 9 };

/** The type that a datatype message describes. Big-endian values are of the kind `other`. */
export function dataTypeAt(source: Source, at: number): DataType {
  const form = source.byte(at) & 15;
  const size = source.uint32(at + 4);
  if (form === classes.text) return { size, kind: 'text' };
  if (form === classes.variable) {
    return { size, kind: (source.byte(at + 1) & 15) === 1 && size === 16 ? 'heap text' : 'other' };
  }
  const [kind, exponent, mantissa] = floats[size] ?? [];
  const isFloat =
    form === classes.float &&
    kind !== undefined &&
    (source.byte(at + 1) & 0x41) === 0 && // little-endian
    source.byte(at + 13) === exponent &&
    source.byte(at + 15) === mantissa;
  return { size, kind: isFloat ? kind : 'other' };
}

/** The shape that a dataspace message describes. */
export function shapeAt(source: Source, at: number): number[] {
  const version = source.byte(at);
  if (version !== 1 && version !== 2) source.damaged('a shape', at);
  const isEmpty = version === 2 && source.byte(at + 3) === 2;
  if (isEmpty) return [0];
  const first = at + (version === 1 ? 8 : 4);
  return Array.from({ length: source.byte(at + 1) }, (_, axis) => source.uint64(first + 8 * axis));
}

/** The values of floats as float32. Copies them, since the bytes may not be aligned. */
export function floatsAt(source: Source, at: number, count: number, type: DataType): Float32Array {
  source.check(at, count * type.size);
  const { buffer } = new Uint8Array(source.bytes.subarray(at, at + count * type.size)); // Buffer.slice makes no copy
  switch (type.kind) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float32Array(new Float64Array(buffer));
    default: {
      const view = new DataView(buffer);
      return Float32Array.from({ length: count }, (_, i) => getFloat16(view, 2 * i, true));
    }
  }
}

/** Texts. Those in a heap are given by their length, the address of a collection, and an index in it. */
export function textsAt(source: Source, at: number, count: number, { kind, size }: DataType): string[] {
  source.check(at, count * size);
  return Array.from({ length: count }, (_, i) => {
    const place = at + i * size;
    if (kind === 'text') return source.text(place, size);
    const length = source.uint32(place);
    return length === 0 ? '' : heapText(source, source.uint64(place + 4), source.uint32(place + 12), length);
  });
}

/** A text of a collection of the global heap. */
function heapText(source: Source, collection: number, index: number, length: number): string {
  if (!source.has(collection, 'GCOL')) source.damaged('a heap of texts', collection);
  const end = collection + source.uint64(collection + 8);
  for (let at = collection + 16; at + 16 <= end;) {
    const found = source.uint16(at);
    const size = source.uint64(at + 8);
    if (found === index) {
      if (length > size) source.damaged('a text', at);
      return source.text(at + 16, length);
    }
    if (found === 0) break; // the free space at the end
    at += 16 + Math.ceil(size / 8) * 8;
  }
  return source.damaged(`the text ${index}`, collection);
}
