/** Typed arrays by their type in ONNX. Bools are bytes. */
export const arrayTypes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export type ArrayType = keyof typeof arrayTypes;
export type HostArray = Float32Array | Int32Array | Uint8Array;

export const typeOf = (array: HostArray): ArrayType =>
  array instanceof Float32Array ? 'float32' : array instanceof Int32Array ? 'int32' : 'bool';
