/** An ONNX model as plain objects. */

/** Element types, under the names that ONNX Runtime's tensors use. */
export type ElementType = keyof typeof elementCodes;

/** By element type: its number in ONNX. */
export const elementCodes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const;

/** By element type: the array that holds its elements. bool: one byte each; float16: the 16 bits of each. */
export const elementArrays = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  string: Array<string>,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const;

/** Elements of a tensor, in row-major order. */
export type ElementArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** How many elements a tensor of these sizes has; undefined if they are no sizes. */
export function elementCount(dims: readonly number[]): number | undefined {
  if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0)) return undefined;
  return dims.reduce((product, size) => product * size, 1);
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: ElementArray;
}

/** An attribute's value, with the kind that ONNX tells apart. Integers beyond 2^53 are read as the nearest number. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly tensor: OnnxTensor }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] };

export interface OnnxNode {
  /** The operator, such as `Conv`. */
  readonly op: string;
  /** The operator set it comes from, if not ONNX' own. */
  readonly domain?: string;
  readonly name: string;
  /** Names of values; '' for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A value that goes into a graph or comes out of it. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  /** Sizes; for one that is not fixed its name, or ''. Left out where not even their number is known. */
  readonly shape?: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
}

export interface OnnxModel {
  readonly irVersion: number;
  /** Versions of the operator sets, by domain; '' is ONNX' own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly graph: OnnxGraph;
  readonly metadata?: Readonly<Record<string, string>>;
}
