/**
 * The bytes of an HDF5 file, read with checks. An address may be anything in a damaged file, and structures may refer to each other
 * in a circle, so each read is checked and counted.
 */
import type { Refuse } from '../../refuse.js';

/** The cost of all reads up to which a file is read: one for each read, and one for 16 bytes. A layer needs about 500 reads. */
const mostCost = (fileSize: number): number => 3_000_000 + fileSize / 8;
/** Bytes of a name in a group. */
const longestName = 1024;

/** All platforms have it, but the types of the language do not. */
const { TextDecoder } = globalThis as unknown as {
  TextDecoder: new (encoding: string) => { decode(bytes: Uint8Array): string };
};
const utf8 = new TextDecoder('utf-8');

export class Source {
  readonly #view: DataView;
  #cost = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly refuse: Refuse,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Refuses the file because of the structure at a byte. */
  damaged(what: string, at: number): never {
    return this.refuse(`is damaged: ${what} is expected at byte ${at}.`);
  }

  /** Checks that the file has these bytes. */
  check(at: number, size: number): void {
    this.#cost += 1 + size / 16;
    if (this.#cost > mostCost(this.bytes.length)) {
      this.refuse('is damaged: its parts refer to each other without end.');
    }
    if (!(at + size <= this.bytes.length)) {
      this.refuse(`is damaged: it refers to bytes behind its end at byte ${this.bytes.length}.`);
    }
  }

  byte(at: number): number {
    this.check(at, 1);
    return this.#view.getUint8(at);
  }

  uint16(at: number): number {
    this.check(at, 2);
    return this.#view.getUint16(at, true);
  }

  uint32(at: number): number {
    this.check(at, 4);
    return this.#view.getUint32(at, true);
  }

  /** A 64-bit integer. It is exact up to 2^53; no file has a larger size or address. */
  uint64(at: number): number {
    this.check(at, 8);
    return Number(this.#view.getBigUint64(at, true));
  }

  /** Whether the file has these characters at a byte. */
  has(at: number, characters: string): boolean {
    this.check(at, characters.length);
    return Array.from(characters, (letter) => letter.charCodeAt(0)).every(
      (code, i) => this.bytes[at + i] === code,
    );
  }

  /** A text of at most `size` bytes, which ends before the first 0. */
  text(at: number, size: number): string {
    this.check(at, size);
    const end = this.bytes.subarray(at, at + size).indexOf(0);
    return utf8.decode(this.bytes.subarray(at, end === -1 ? at + size : at + end));
  }

  /** A text that a 0 ends. */
  textUntilZero(at: number): string {
    this.check(at, 1);
    const size = this.bytes.subarray(at, at + longestName).indexOf(0);
    return size === -1 ? this.damaged('a name', at) : this.text(at, size);
  }
}
