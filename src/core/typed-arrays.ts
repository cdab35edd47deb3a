/**
 * Typed arrays of another realm. Jest and Vitest's `vmThreads` run programs in a separate context. Arrays from Node.js, files,
 * threads and native code are not instances of the classes in this context.
 */

/** A Float32Array of any realm. */
export const isFloat32Array = (value: unknown): value is Float32Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Float32Array]';

/** A Uint8Array of any realm. Node's Buffer is one. */
export const isUint8Array = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';

type TypedArray = Float32Array | Int32Array | Uint8Array;
const classes = { Float32Array, Int32Array, Uint8Array };

/** The same elements, in the same memory, as an instance of this realm's class. */
export function ofThisRealm<T extends TypedArray>(array: T): T {
  if (Object.values(classes).some((Type) => array instanceof Type)) return array;
  const name = Object.prototype.toString.call(array).slice('[object '.length, -1) as keyof typeof classes;
  return new classes[name](array.buffer as ArrayBuffer, array.byteOffset, array.length) as TypedArray as T;
}
