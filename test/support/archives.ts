/** Zip and tar archives byte by byte, so that they can have what a tool would not write: any name, link, checksum or size. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface Member {
  name: string;
  data?: Buffer;
  /** The Unix mode with the type of the file, for example 0o120777 for a symbolic link. */
  mode?: number;
  /** The checksum that a zip claims. */
  checksum?: number;
  /** The unpacked size that a zip claims. */
  size?: number;
  /** The type of a tar header: '0' for a file, '5' for a folder, '2' for a symbolic link, '1' for a hard link. */
  type?: string;
  linkTo?: string;
}

export function zip(members: readonly Member[]): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const {
    name,
    data = Buffer.alloc(0),
    mode = 0,
    checksum = crc32(data),
    size = data.length,
  } of members) {
    const packed = deflateRawSync(data);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26); // from "version needed" to the length of the extra field
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2); // names in UTF-8
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt32LE(checksum, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(mode * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, tail, path); // made on Unix
    bodies.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, entries, end]);
}

export function tar(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ name, data = Buffer.alloc(0), type = '0', linkTo = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write(' '.repeat(8), 148);
    header.write(type, 156);
    header.write(linkTo, 157);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGz = (members: readonly Member[]): Buffer => gzipSync(tar(members));
