/**
 * Reads Python's pickles without executing anything. A pickle is a program for a machine with a stack, which may call any function
 * of Python. This machine knows the instructions that `torch.save` writes (protocols 2 to 5), and the few functions of
 * `globals.ts`. It refuses everything else by name.
 */
import type { Refuse } from '../refuse.js';
import { type Global, globalOf } from './globals.js';

/** A value of a pickle. Dictionaries are maps; lists and tuples are arrays; integers above 2^53 are bigints. */
export type PickleValue = unknown;

/** How a pickle is read. */
interface Reading {
  refuse: Refuse;
  /** Returns the value of a persistent id: torch's storages. */
  persistent: (id: PickleValue) => PickleValue;
}

/** Instructions up to which a pickle is read. A state dict has about 50 for each tensor. */
const mostInstructions = 2_000_000;
/** Bytes of an integer. The magic number of the old format has 10. */
const mostIntegerBytes = 32;

/** All platforms have it, but the types of the language do not. */
const { TextDecoder } = globalThis as unknown as {
  TextDecoder: new (encoding: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };
};
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The mark on the stack. */
const mark = Symbol('mark');

/** Whether a value can be the key of a dictionary or the element of a set. */
const isKey = (value: PickleValue): boolean =>
  value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);

/**
 * Reads the pickle that begins at a byte.
 *
 * @returns the value, and the byte after the pickle
 * @throws CycleGANError `INVALID_DATA`, through `refuse`
 */
export function unpickle(
  bytes: Uint8Array,
  from: number,
  reading: Reading,
): { value: PickleValue; end: number } {
  const machine = new Machine(bytes, from, reading);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return reading.refuse(error.message);
  }
}

/** A fault in the pickle, as the rest of a sentence about the file. */
class Fault extends Error {}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #persistent: Reading['persistent'];
  #at: number;
  /** Instructions that are left. */
  #left = mostInstructions;
  #stack: PickleValue[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, from: number, { persistent }: Reading) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#persistent = persistent;
  }

  run(): { value: PickleValue; end: number } {
    for (;;) {
      this.#spend(1);
      const at = this.#at;
      const code = this.#bytes[this.#next(1)]!;
      if (code === 0x2e) return { value: this.#pop(), end: this.#at }; // STOP
      const instruction = instructions.get(code);
      if (instruction === undefined) {
        throw new Fault(`has the instruction 0x${code.toString(16).padStart(2, '0')} at byte ${at} of its pickle, which torch.save does not write.`); // prettier-ignore
      }
      instruction(this);
    }
  }

  /** Counts instructions, and refuses pickles that have too many. */
  #spend(count: number): void {
    this.#left -= count;
    if (this.#left >= 0) return;
    throw new Fault(`has a pickle of more than ${mostInstructions} instructions. Save the state dict alone.`);
  }

  /** Skips `count` bytes, and returns where they begin. */
  #next(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at)
      throw new Fault(`is truncated: its pickle ends at byte ${this.#bytes.length}.`);
    this.#at += count;
    return at;
  }

  invalid(): never {
    throw new Fault(`is damaged: its pickle is invalid before byte ${this.#at}.`);
  }

  unsigned(size: 1 | 2 | 4 | 8): number {
    const at = this.#next(size);
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at, true);
    return size === 4 ? this.#view.getUint32(at, true) : Number(this.#view.getBigUint64(at, true));
  }

  int32 = (): number => this.#view.getInt32(this.#next(4), true);
  float64 = (): number => this.#view.getFloat64(this.#next(8)); // big-endian

  /** A two's complement integer, little-endian. */
  integer(size: number): number | bigint {
    if (size > mostIntegerBytes) this.invalid();
    const at = this.#next(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    value = BigInt.asIntN(8 * size, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  bytes(size: number): Uint8Array {
    const at = this.#next(size);
    return this.#bytes.subarray(at, at + size);
  }

  text(size: number): string {
    try {
      return utf8.decode(this.bytes(size));
    } catch (error) {
      if (error instanceof Fault) throw error;
      return this.invalid();
    }
  }

  /** A text up to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    const text = this.text(end === -1 ? Infinity : end - this.#at);
    this.#next(1);
    return text;
  }

  push = (value: PickleValue): void => void this.#stack.push(value);

  #pop(): PickleValue {
    const value = this.#stack.pop();
    return value === undefined || value === mark ? this.invalid() : value;
  }

  pop = (): PickleValue => this.#pop();

  top(): PickleValue {
    const value = this.#stack.at(-1);
    return value === undefined || value === mark ? this.invalid() : value;
  }

  /** Removes all values down to the last mark. */
  popMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at === -1) this.invalid();
    return this.#stack.splice(at).slice(1);
  }

  remember = (index = this.#memo.size): void => void this.#memo.set(index, this.top());

  recall(index: number): void {
    if (!this.#memo.has(index)) this.invalid();
    this.push(this.#memo.get(index));
  }

  /** Adds keys and values to the dictionary on the stack. */
  set(items: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map) || items.length % 2 !== 0) return this.invalid();
    for (let i = 0; i < items.length; i += 2) {
      if (!isKey(items[i])) this.invalid();
      map.set(items[i], items[i + 1]);
    }
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) return this.invalid();
    for (const item of items) list.push(item);
  }

  add(items: readonly PickleValue[]): void {
    const set = this.top();
    if (!(set instanceof Set) || !items.every(isKey)) return this.invalid();
    for (const item of items) set.add(item);
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') return this.invalid();
    const found = globalOf(module, name);
    if (found === undefined) {
      throw new Fault(
        `refers to ${JSON.stringify(`${module}.${name}`)} in its pickle. Only tensors, dictionaries, lists and plain values are read, and nothing is executed. ` +
          'Save the state dict alone: torch.save(network.state_dict(), path).',
      );
    }
    this.push(found);
  }

  /** Calls a function. Items that it may copy count as instructions, because a pickle can pass the same list any number of times. */
  reduce(): void {
    const args = this.pop();
    const called = this.pop() as Partial<Global> | null;
    if (!Array.isArray(args)) return this.invalid();
    const [copied] = args as PickleValue[];
    if (Array.isArray(copied)) this.#spend(copied.length);
    const value = called?.call?.(args as PickleValue[]);
    if (value === undefined) return this.invalid();
    this.push(value);
  }

  /** Attributes of an ordered dictionary, such as `_metadata` of a state dict, are dropped. Other objects have none. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) this.invalid();
  }

  persistent(): void {
    this.push(this.#persistent(this.pop()));
  }

  /** Removes the last `count` values. */
  popSeveral(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popAny = (): void => void this.#stack.pop();
  pushMark = (): void => void this.#stack.push(mark);
}

/** Instructions by their byte, under the names of Python's module `pickletools`. */
const instructions = new Map<number, (machine: Machine) => void>([
  [0x80, (m) => void m.unsigned(1)], // PROTO
  [0x95, (m) => void m.unsigned(8)], // FRAME
  [0x28, (m) => m.pushMark()], // MARK
  [0x30, (m) => m.popAny()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.unsigned(1))], // BININT1
  [0x4d, (m) => m.push(m.unsigned(2))], // BININT2
  [0x8a, (m) => m.push(m.integer(m.unsigned(1)))], // LONG1
  [0x8b, (m) => m.push(m.integer(m.unsigned(4)))], // LONG4
  [0x47, (m) => m.push(m.float64())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.unsigned(4)))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.unsigned(1)))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(m.text(m.unsigned(8)))], // BINUNICODE8
  [0x54, (m) => m.push(m.text(m.unsigned(4)))], // BINSTRING, of Python 2
  [0x55, (m) => m.push(m.text(m.unsigned(1)))], // SHORT_BINSTRING, of Python 2
  [0x42, (m) => m.push(m.bytes(m.unsigned(4)))], // BINBYTES
  [0x43, (m) => m.push(m.bytes(m.unsigned(1)))], // SHORT_BINBYTES
  [0x8e, (m) => m.push(m.bytes(m.unsigned(8)))], // BINBYTES8
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x85, (m) => m.push(m.popSeveral(1))], // TUPLE1
  [0x86, (m) => m.push(m.popSeveral(2))], // TUPLE2
  [0x87, (m) => m.push(m.popSeveral(3))], // TUPLE3
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => m.set(m.popSeveral(2))], // SETITEM
  [0x75, (m) => m.set(m.popMark())], // SETITEMS
  [0x8f, (m) => m.push(new Set())], // EMPTY_SET
  [0x90, (m) => m.add(m.popMark())], // ADDITEMS
  [0x68, (m) => m.recall(m.unsigned(1))], // BINGET
  [0x6a, (m) => m.recall(m.unsigned(4))], // LONG_BINGET
  [0x71, (m) => m.remember(m.unsigned(1))], // BINPUT
  [0x72, (m) => m.remember(m.unsigned(4))], // LONG_BINPUT
  [0x94, (m) => m.remember()], // MEMOIZE
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x93, (m) => m.global(...(m.popSeveral(2) as [PickleValue, PickleValue]))], // STACK_GLOBAL
  [0x52, (m) => m.reduce()], // REDUCE
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.persistent()], // BINPERSID
]);
