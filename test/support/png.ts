/** PNG files byte by byte: any depth, with the chunks that a test asks for. */
import { crc32, deflateSync } from 'node:zlib';

const colourTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

interface PngOptions {
  channels: 1 | 2 | 3 | 4;
  depth: 8 | 16;
  /** Colours of which the values are indices: one channel, 8 bits. */
  palette?: readonly number[];
  /** An ICC profile. */
  profile?: Uint8Array;
  /** A gAMA chunk: 100000 times the exponent. */
  gamma?: number;
}

/** One row of pixels. Values are 8-bit levels; with 16 bits level v becomes 257 v, which is the same colour. */
export function pngRow(values: readonly number[], options: PngOptions): Buffer {
  const { channels, depth, palette, profile, gamma } = options;
  const row = Buffer.alloc(1 + (values.length * depth) / 8); // the first byte is the filter: none
  values.forEach((value, i) =>
    depth === 8 ? row.writeUInt8(value, 1 + i) : row.writeUInt16BE(257 * value, 1 + 2 * i),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(values.length / channels, 0);
  header.writeUInt32BE(1, 4);
  header.set([depth, palette ? 3 : colourTypes[channels]], 8);
  const gammaBytes = Buffer.alloc(4);
  gammaBytes.writeUInt32BE(gamma ?? 0);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(gamma === undefined ? [] : [chunk('gAMA', gammaBytes)]),
    ...(profile ? [chunk('iCCP', Buffer.concat([Buffer.from('p\0\0'), deflateSync(profile)]))] : []),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    chunk('IDAT', deflateSync(row)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  const body = Buffer.concat([Buffer.from(type), data]);
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
