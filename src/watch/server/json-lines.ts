/** Reads a growing file of JSON lines: each call reads only the bytes that are new. */
import type { FileHandle } from 'node:fs/promises';

/** Called for each line with its object, or undefined if the line is broken. */
export type OnLine = (line: Record<string, unknown> | undefined) => void;

const chunkSize = 1 << 20;
/** A longer line is not of a run. Its bytes are skipped, so a file without line breaks does not fill the memory. */
const longestLine = 1 << 20;
const newline = 0x0a;

/** The place in one file up to which it has been read. */
export class JsonLines {
  #offset = 0;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #tooLong = false;

  /** Bytes that have been read. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads from the last place to `size`. A last line without a line break waits for the next call. */
  async read(file: FileHandle, size: number, onLine: OnLine): Promise<void> {
    const chunk = Buffer.allocUnsafe(Math.min(chunkSize, Math.max(0, size - this.#offset)));
    while (this.#offset < size) {
      const { bytesRead } = await file.read(
        chunk,
        0,
        Math.min(chunk.length, size - this.#offset),
        this.#offset,
      );
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      this.#split(chunk.subarray(0, bytesRead), onLine);
    }
  }

  #split(bytes: Buffer, onLine: OnLine): void {
    const end = bytes.lastIndexOf(newline);
    if (end < 0) {
      this.#keep(bytes);
      return;
    }
    const lines = Buffer.concat([...this.#rest, bytes.subarray(0, end)])
      .toString()
      .split('\n');
    if (this.#tooLong) {
      onLine(undefined);
      lines.shift();
    }
    this.#forget();
    for (const line of lines) if (line !== '') onLine(parsed(line));
    this.#keep(bytes.subarray(end + 1));
  }

  #keep(bytes: Buffer): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > longestLine) {
      this.#rest = [];
      this.#tooLong = true;
    } else if (bytes.length > 0) {
      this.#rest.push(Buffer.from(bytes)); // a copy: the chunk is reused
    }
  }

  #forget(): void {
    this.#rest = [];
    this.#restBytes = 0;
    this.#tooLong = false;
  }
}

/** An object, or undefined. Python and other writers put NaN and Infinity into JSON, which become null. */
function parsed(line: string): Record<string, unknown> | undefined {
  const value = jsonOf(line) ?? jsonOf(line.replace(/(?<=[:\s])-?(?:NaN|Infinity)(?=\s*[,}])/g, 'null'));
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
