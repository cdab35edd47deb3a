/** Types of elements in files, and their values as the arrays of this library: floats as float32, integers as 64-bit integers. */
import { getFloat16 } from '@petamoriken/float16';

/** Values of a tensor. */
export type Elements = Float32Array | BigInt64Array;

/** A type of elements. */
export interface ElementType {
  /** Bytes of an element. */
  readonly size: number;
  /** The values of little-endian bytes. If the layout allows, the result is a view of the bytes. */
  decode(bytes: Uint8Array): Elements;
}

/** A typed array on the bytes, or on a copy if they are not aligned. */
function viewOf<T>(
  type: { new (buffer: ArrayBuffer, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
  bytes: Uint8Array,
): T {
  const length = bytes.length / type.BYTES_PER_ELEMENT;
  const isAligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes);
  return new type(buffer as ArrayBuffer, byteOffset, length);
}

/** The float32 value of each float16, by its bits. */
let halves: Float32Array | undefined;
function valuesOfHalves(): Float32Array {
  if (halves === undefined) {
    const view = new DataView(new ArrayBuffer(2));
    halves = Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
      view.setUint16(0, bits);
      return getFloat16(view, 0);
    });
  }
  return halves;
}

function fromHalves(bytes: Uint8Array): Float32Array {
  const table = valuesOfHalves();
  return Float32Array.from(viewOf(Uint16Array, bytes), (bits) => table[bits]!);
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloats(bytes: Uint8Array): Float32Array {
  const upper = viewOf(Uint16Array, bytes);
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < upper.length; i++) bits[i] = upper[i]! << 16;
  return new Float32Array(bits.buffer);
}

type IntegerArray = Int32Array | Int16Array | Int8Array | Uint8Array;
const integers = (type: {
  new (buffer: ArrayBuffer, offset: number, length: number): IntegerArray;
  BYTES_PER_ELEMENT: number;
}): ElementType => ({
  size: type.BYTES_PER_ELEMENT,
  decode: (bytes) => BigInt64Array.from(viewOf(type, bytes), BigInt),
});

/** Types by names of their own. Each format has other names for them. */
export const elementTypes = {
  float32: { size: 4, decode: (bytes) => viewOf(Float32Array, bytes) },
  float64: { size: 8, decode: (bytes) => new Float32Array(viewOf(Float64Array, bytes)) },
  float16: { size: 2, decode: fromHalves },
  bfloat16: { size: 2, decode: fromBfloats },
  int64: { size: 8, decode: (bytes) => viewOf(BigInt64Array, bytes) },
  int32: integers(Int32Array),
  int16: integers(Int16Array),
  int8: integers(Int8Array),
  uint8: integers(Uint8Array),
} satisfies Record<string, ElementType>;
