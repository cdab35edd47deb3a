/**
 * Reads zip archives as `torch.save` writes them: stored without compression, with the checksum of each entry in the directory at
 * the end. Entries are views of the file, so nothing is copied and an archive cannot expand. (Packages for zip copy the entries,
 * and do not compare checksums. `write-pth.ts` writes with fflate.)
 */
import type { Refuse } from '../refuse.js';

interface Entry {
  /** Where the local header of the entry begins. */
  header: number;
  size: number;
  crc: number;
}

/** An archive. */
export interface ZipArchive {
  /** The names of all entries. */
  readonly names: readonly string[];
  /** The bytes of an entry, a view of the file; undefined if there is none. Checks the checksum. */
  read(name: string): Uint8Array | undefined;
}

/** More than the tensors of any model. */
const mostEntries = 100_000;

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50 };

/** Whether the bytes begin as those of a zip archive. */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** @throws CycleGANError `INVALID_DATA`, through `refuse`, for an archive that is truncated or damaged */
export function openZip(bytes: Uint8Array, refuse: Refuse): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = directory(view, refuse);
  return {
    names: [...entries.keys()],
    read: (name) => {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const { header, size, crc } = entry;
      const damaged = () => refuse(`is damaged: the entry ${JSON.stringify(name)} is not at byte ${header}.`);
      if (header + 30 > bytes.length || view.getUint32(header, true) !== signatures.local) return damaged();
      const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
      if (start + size > bytes.length) return damaged();
      const content = bytes.subarray(start, start + size);
      if (crc32(content) !== crc) {
        refuse(`is damaged: the checksum of the entry ${JSON.stringify(name)} at byte ${start} differs.`);
      }
      return content;
    },
  };
}

/** The byte where the record of the end begins. A comment of up to 65,535 bytes may follow it. */
function endOf(view: DataView, refuse: Refuse): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === signatures.end) return at;
  }
  return refuse(
    `is truncated: it ends at byte ${view.byteLength} without the directory of a zip archive. Copy or download it again.`,
  );
}

function directory(view: DataView, refuse: Refuse): Map<string, Entry> {
  const damaged = (at: number) =>
    refuse(`is damaged: the directory of the zip archive is invalid at byte ${at}.`);
  const end = endOf(view, refuse);
  let [count, at] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  if (count === 0xffff || at === 0xffffffff) {
    // the record of large archives, whose place is in the 20 bytes before the other one
    const end64 = end < 20 ? NaN : Number(view.getBigUint64(end - 12, true));
    if (!(end64 <= view.byteLength - 56) || view.getUint32(end64, true) !== signatures.end64) damaged(end);
    [count, at] = [Number(view.getBigUint64(end64 + 32, true)), Number(view.getBigUint64(end64 + 48, true))];
  }
  if (count > mostEntries) refuse(`has ${count} entries; up to ${mostEntries} are supported.`);
  const entries = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== signatures.central) damaged(at);
    const [named, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [number, number, number]; // prettier-ignore
    const next = at + 46 + named + extra + comment;
    if (next > end) damaged(at);
    const name = textOf(new Uint8Array(view.buffer, view.byteOffset + at + 46, named));
    const method = view.getUint16(at + 10, true);
    if (method !== 0 || (view.getUint16(at + 8, true) & 1) !== 0) {
      refuse(`has the compressed or encrypted entry ${JSON.stringify(name)}, which torch.save does not write. Save it again with torch.save.`); // prettier-ignore
    }
    if (entries.has(name)) refuse(`is damaged: it has two entries ${JSON.stringify(name)}.`);
    entries.set(name, { ...placeOf(view, at, named, extra), crc: view.getUint32(at + 16, true) });
    at = next;
  }
  const total = [...entries.values()].reduce((sum, { size }) => sum + size, 0);
  if (total > view.byteLength)
    refuse(`is damaged: its entries have ${total} bytes, the file has ${view.byteLength}.`);
  return entries;
}

/** Size and place of an entry. Values above 4 GiB are in a field after the name. */
function placeOf(view: DataView, at: number, named: number, extra: number): Omit<Entry, 'crc'> {
  const values = { size: view.getUint32(at + 24, true), header: view.getUint32(at + 42, true) };
  const stored = view.getUint32(at + 20, true);
  if (values.size !== 0xffffffff && values.header !== 0xffffffff && stored !== 0xffffffff) return values;
  const end = at + 46 + named + extra;
  for (let field = at + 46 + named; field + 4 <= end; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let place = field + 4;
    const large = (value: number) => {
      if (value !== 0xffffffff || place + 8 > end) return value;
      place += 8;
      return Number(view.getBigUint64(place - 8, true));
    };
    const size = large(values.size);
    large(stored);
    return { size, header: large(values.header) };
  }
  return values;
}

/** Names of entries are ASCII in torch's archives. */
const textOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte >>> 0;
});

/** CRC-32, the checksum of zip. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = remainders[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
