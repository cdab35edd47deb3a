/** Writes pickles as `torch.save` does (protocol 2), for state dicts and for the state of optimizers. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { NamedArray } from '../../models/state-dict.js';

/** A Python float. Plain numbers are written as integers. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/** A Python tuple. Arrays are written as lists. */
export class PythonTuple {
  constructor(readonly items: readonly Picklable[]) {}
}

/** A value that can be written. Objects are ordered dictionaries, maps are dictionaries. */
export type Picklable =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | PythonTuple
  | NamedArray
  | readonly Picklable[]
  | ReadonlyMap<string | number, Picklable>
  | { readonly [name: string]: Picklable };

const isTensor = (value: object): value is NamedArray =>
  'data' in value && (value.data instanceof Float32Array || value.data instanceof BigInt64Array);

/**
 * Writes a value.
 *
 * @param storage called with the values of each tensor; returns the key of their storage
 */
export function pickled(value: Picklable, storage: (data: NamedArray['data']) => string): Uint8Array {
  const out: number[] = [0x80, 2];
  const little = (size: number, number: number) => {
    for (let i = 0; i < size; i++) out.push(Math.floor(number / 2 ** (8 * i)) & 0xff);
  };
  const text = (content: string) => {
    const bytes = utf8ToBytes(content);
    out.push(0x58); // BINUNICODE
    little(4, bytes.length);
    for (const byte of bytes) out.push(byte);
  };
  const global = (module: string, name: string) => {
    for (const byte of utf8ToBytes(`c${module}\n${name}\n`)) out.push(byte);
  };
  const orderedDictionary = () => {
    global('collections', 'OrderedDict');
    out.push(0x29, 0x52); // EMPTY_TUPLE, REDUCE
  };
  const integer = (number: number) => {
    if (number >= 0 && number < 2 ** 8) {
      out.push(0x4b, number); // BININT1
      return;
    }
    if (Math.abs(number) < 2 ** 31) {
      out.push(0x4a); // BININT
      little(4, number < 0 ? number + 2 ** 32 : number);
      return;
    }
    out.push(0x8a, 8); // LONG1
    little(8, number);
  };
  const float = (number: number) => {
    out.push(0x47, ...new Uint8Array(Float64Array.of(number).buffer).reverse()); // BINFLOAT
  };
  const tuple = (items: readonly Picklable[]) => {
    out.push(0x28); // MARK
    items.forEach(write);
    out.push(0x74); // TUPLE
  };
  const items = (pairs: Iterable<readonly [string | number, Picklable]>) => {
    out.push(0x28);
    for (const [key, item] of pairs) {
      write(key);
      write(item);
    }
    out.push(0x75); // SETITEMS
  };
  const tensor = ({ shape, data }: NamedArray) => {
    global('torch._utils', '_rebuild_tensor_v2');
    out.push(0x28, 0x28);
    text('storage');
    global('torch', data instanceof Float32Array ? 'FloatStorage' : 'LongStorage');
    text(storage(data));
    text('cpu');
    integer(data.length);
    out.push(0x74, 0x51); // TUPLE, BINPERSID
    integer(0);
    tuple(shape);
    tuple(shape.map((_, axis) => shape.slice(axis + 1).reduce((size, n) => size * n, 1)));
    out.push(0x89); // NEWFALSE
    orderedDictionary();
    out.push(0x74, 0x52); // TUPLE, REDUCE
  };
  const write = (value: Picklable): void => {
    if (value === null)
      out.push(0x4e); // NONE
    else if (typeof value === 'boolean') out.push(value ? 0x88 : 0x89);
    else if (typeof value === 'number') integer(value);
    else if (typeof value === 'string') text(value);
    else if (value instanceof PythonFloat) float(value.value);
    else if (value instanceof PythonTuple) tuple(value.items);
    else if (value instanceof Map) {
      out.push(0x7d); // EMPTY_DICT
      items(value as ReadonlyMap<string | number, Picklable>);
    } else if (Array.isArray(value)) {
      out.push(0x5d, 0x28); // EMPTY_LIST, MARK
      (value as readonly Picklable[]).forEach(write);
      out.push(0x65); // APPENDS
    } else if (isTensor(value)) tensor(value);
    else {
      orderedDictionary();
      items(Object.entries(value as Record<string, Picklable>));
    }
  };
  write(value);
  out.push(0x2e); // STOP
  return Uint8Array.from(out);
}
