/** Writes `.pth` files as `torch.save` does: a zip archive of a pickle and the values of each tensor, without compression. */
import { Zip, ZipPassThrough } from 'fflate';
import type { NamedArray } from '../../models/state-dict.js';
import { type Picklable, pickled } from './pickle.js';

/** Values begin at a multiple of this, as in torch, so that files can be mapped to memory. */
const alignment = 64;
/** The field of a zip entry that torch fills to align the values. */
const paddingField = 0x4246;
/** The earliest time of zip archives: the same content always has the same bytes. */
const time = new Date(1980, 0, 1);

/**
 * The bytes of a `.pth` file, in parts. The values of tensors are not copied.
 *
 * @param content for example a state dict
 */
export function encodePth(content: Picklable): Uint8Array[] {
  const storages: NamedArray['data'][] = [];
  const pickle = pickled(content, (data) => `${storages.push(data) - 1}`);
  const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const parts: Uint8Array[] = [];
  let size = 0;
  const zip = new Zip((error, part) => {
    if (error !== null) throw error;
    parts.push(part);
    size += part.length;
  });
  const add = (name: string, bytes: Uint8Array) => {
    const entry = new ZipPassThrough(`archive/${name}`);
    const start = size + 30 + entry.filename.length + 4; // the local header, the name, and the header of the field
    entry.extra = {
      [paddingField]: new Uint8Array((alignment - (start % alignment)) % alignment).fill(0x5a),
    };
    entry.mtime = time;
    zip.add(entry);
    entry.push(bytes, true);
  };
  add('data.pkl', pickle);
  add('byteorder', ascii('little'));
  for (const [i, { buffer, byteOffset, byteLength }] of storages.entries()) {
    add(`data/${i}`, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }
  add('version', ascii('3\n'));
  zip.end();
  return parts;
}
