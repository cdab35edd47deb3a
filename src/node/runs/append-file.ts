/** A file that records are appended to. */
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** A file that is open for appending. */
export interface AppendFile {
  /** Appends a record. A record that cannot be written whole, for example on a full disk, is removed again. */
  append(record: Uint8Array): void;
  close(): void;
}

/** @param flags `a` to append to a file, `ax` for a new file. Without `a`, a write after a truncation would leave a hole */
export function openToAppend(path: string, flags: 'a' | 'ax'): AppendFile {
  const file = openSync(path, flags);
  let { size } = fstatSync(file);
  return {
    append(record) {
      try {
        if (writeSync(file, record) < record.length) {
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        }
        size += record.length;
      } catch (error) {
        ftruncateSync(file, size);
        throw error;
      }
    },
    close: () => closeSync(file),
  };
}
