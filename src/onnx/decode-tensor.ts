/** Tensors of an .onnx file: their elements lie in raw bytes, or in the field that ONNX has for their type. */
import { CycleGANError } from '../core/errors.js';
import {
  type ElementArray,
  elementArrays,
  elementCodes,
  elementCount,
  type ElementType,
  type OnnxTensor,
} from './model.js';

/** A TensorProto. */
export interface TensorMessage {
  name: string;
  dims: number[];
  data_type: number;
  data_location: number;
  raw_data?: Uint8Array;
  float_data: number[];
  int32_data: number[];
  string_data: string[];
  int64_data?: Uint8Array;
  double_data: number[];
  uint64_data?: Uint8Array;
}

export const invalid = (what: string, cause?: unknown): CycleGANError =>
  new CycleGANError('INVALID_MODEL', `decodeModel: ${what}.`, { cause });

const EXTERNAL = 1;

export function tensor(message: TensorMessage): OnnxTensor {
  const { name, dims, raw_data: raw } = message;
  const type = elementType(message.data_type, `tensor "${name}"`);
  if (message.data_location === EXTERNAL) {
    throw invalid(`tensor "${name}" lies in a file beside the model; save the model as one file`);
  }
  const size = elementCount(dims);
  if (size === undefined) throw invalid(`tensor "${name}" has the sizes [${dims.join()}]`);
  const data =
    raw !== undefined && type !== 'string' ? fromBytes(raw, type, name) : fromFields(message, type);
  if (data.length !== size) {
    throw invalid(
      `tensor "${name}" of shape [${dims.join()}] holds ${data.length} elements instead of ${size}`,
    );
  }
  return { name, type, dims, data };
}

export function elementType(code: number, owner: string): ElementType {
  const found = Object.entries(elementCodes).find(([, known]) => known === code);
  if (found === undefined) throw invalid(`${owner} has element type ${code}, which is not read`);
  return found[0] as ElementType;
}

function fromBytes(raw: Uint8Array, type: Exclude<ElementType, 'string'>, name: string): ElementArray {
  const array = elementArrays[type];
  if (raw.byteLength % array.BYTES_PER_ELEMENT !== 0) {
    throw invalid(`tensor "${name}" holds ${raw.byteLength} bytes, no whole number of ${type} elements`);
  }
  return new array(new Uint8Array(raw).buffer); // copied, as the bytes may not be aligned
}

function fromFields(message: TensorMessage, type: ElementType): ElementArray {
  const { float_data, int32_data, string_data, int64_data, double_data, uint64_data } = message;
  const int64 = (packed: Uint8Array = new Uint8Array()) => unpackInt64(packed, message.name);
  switch (type) {
    case 'float32':
      return Float32Array.from(float_data);
    case 'float64':
      return Float64Array.from(double_data);
    case 'int64':
      return BigInt64Array.from(int64(int64_data));
    case 'uint64':
      return BigUint64Array.from(int64(uint64_data));
    case 'uint32':
      return Uint32Array.from(int64(uint64_data), Number);
    case 'string':
      return string_data;
    default: // float16 as well: the bits of each
      return elementArrays[type].from(int32_data);
  }
}

/** Numbers of 64 bits, modulo 2^64: seven bits a byte, the lowest first, with the top bit set in all but the last. */
function unpackInt64(packed: Uint8Array, name: string): bigint[] {
  const numbers: bigint[] = [];
  let number = 0n;
  let bits = 0n;
  for (const byte of packed) {
    number |= BigInt(byte & 0x7f) << bits;
    bits += 7n;
    if (byte >= 0x80 && bits < 70n) continue;
    numbers.push(number);
    number = bits = 0n;
  }
  if (bits > 0n) throw invalid(`the last number of tensor "${name}" is cut short`);
  return numbers;
}
