/** Tensors of a pickle: views of storages, whose values are read when they are asked for. */
import type { NamedArray } from '../../models/state-dict.js';
import type { Elements, ElementType } from '../element-types.js';
import type { Refuse } from '../refuse.js';

/** Memory that tensors share. */
export class Storage {
  /** The bytes in the file. The old format has them after the pickle. */
  bytes: Uint8Array | undefined;
  #elements: Elements | undefined;

  constructor(
    readonly key: string,
    readonly type: ElementType,
    /** Elements. */
    readonly count: number,
  ) {}

  /** All elements. */
  get elements(): Elements {
    return (this.#elements ??= this.type.decode(this.bytes!));
  }
}

export const isStorage = (value: unknown): value is Storage => value instanceof Storage;

/** A tensor of a pickle: a view of a storage. */
export class PickledTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 16 && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/** A tensor; undefined if the arguments do not describe one. Whether it fits its storage is checked when it is read. */
export function tensorOf(
  storage: Storage,
  offset: unknown,
  shape: unknown,
  strides: unknown,
): PickledTensor | undefined {
  if (!isCounts([offset]) || !isCounts(shape) || !isCounts(strides)) return undefined;
  return shape.length === strides.length
    ? new PickledTensor(storage, offset as number, shape, strides)
    : undefined;
}

/**
 * Bytes that tensors may have together, for each byte of the file. Only tensors that share memory have more than the file. A network
 * that is built of them has memory for each.
 */
const mostCopies = 4;

/**
 * Returns a function that reads tensors as plain arrays. Contiguous tensors are views of their storage; equal tensors are one
 * array.
 *
 * @param refuse how to refuse tensors outside of their storage, and those that together have far more bytes than the file
 */
export function tensorReader(
  refuse: Refuse,
  fileSize: number,
): (name: string, tensor: PickledTensor) => NamedArray {
  let budget = mostCopies * fileSize;
  const known = new Map<Storage, Map<string, NamedArray>>();
  return (name, tensor) => {
    const { storage, offset, shape, strides } = tensor;
    const own = known.get(storage) ?? new Map<string, NamedArray>();
    known.set(storage, own);
    const key = JSON.stringify([offset, shape, strides]);
    const found = own.get(key);
    const size = shape.reduce((product, n) => product * n, 1);
    const last = shape.reduce((place, n, axis) => place + (n - 1) * strides[axis]!, offset);
    if (size > 0 && !(last < storage.count)) {
      refuse(`is damaged: the tensor ${JSON.stringify(name)} of shape [${shape.join(', ')}] ends at element ${last + 1} of a storage of ${storage.count}.`); // prettier-ignore
    }
    const isView = found !== undefined || size === 0 || isContiguous(shape, strides);
    budget -= size * (isView ? storage.type.size : storage.elements.BYTES_PER_ELEMENT);
    if (!(budget >= 0)) {
      refuse(`has tensors that share memory, and that need far more memory than the file has. Save contiguous copies of them.`); // prettier-ignore
    }
    if (found !== undefined) return found;
    const data = isView
      ? storage.elements.subarray(offset, offset + size)
      : gathered(storage.elements, offset, shape, strides, size);
    const array = { shape: [...shape], data };
    own.set(key, array);
    return array;
  };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** The elements of a strided view in row-major order. */
function gathered(
  elements: Elements,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
): Elements {
  const data = elements instanceof Float32Array ? new Float32Array(size) : new BigInt64Array(size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    data[to] = elements[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return data;
}
