/** The entries of an archive, one after another: zip with yauzl, and tar, compressed with gzip or not, with tar. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import * as yauzl from 'yauzl';

/** A file or folder in an archive. */
export interface ArchiveEntry {
  /** Its path, as the archive writes it. */
  readonly name: string;
  /** `'other'`: links, devices, encrypted files. */
  readonly kind: 'file' | 'folder' | 'other';
  /** The content of a file. It must be read before the next entry. */
  content(): AsyncIterable<Uint8Array>;
}

type Visit = (entry: ArchiveEntry) => Promise<void>;

/** An archive that is damaged, or not an archive. */
export class DamagedArchive extends Error {}

/** Errors of the libraries become {@link DamagedArchive}; those of `visit` and of the disk pass. */
async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new DamagedArchive((error as Error).message.replace(/^TAR_\w+: /, ''), { cause: error });
  }
}

/** The type bits of a Unix mode. Symbolic links, devices and sockets have other values than these. */
const [typeBits, regular, directory] = [0o170000, 0o100000, 0o040000];

/** @throws DamagedArchive; errors of `visit` */
export async function eachInZip(path: string, visit: Visit): Promise<void> {
  // names are decoded below, so that the rules for names are the same for all archives
  const zip = await reading(() => yauzl.openPromise(path, { decodeStrings: false, autoClose: false }));
  try {
    const entries: AsyncIterator<yauzl.Entry> = zip.eachEntry();
    for (;;) {
      const next = await reading(() => entries.next());
      if (next.done) break;
      const entry = next.value;
      const name = yauzl.getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileNameRaw,
        entry.extraFields,
        true,
      );
      const type = (entry.externalFileAttributes >>> 16) & typeBits;
      const plain = [0, regular, directory].includes(type) && entry.canDecodeFileData();
      const kind = !plain ? 'other' : name.endsWith('/') || type === directory ? 'folder' : 'file';
      await visit({ name, kind, content: () => unzipped(zip, entry) });
    }
  } finally {
    zip.close();
  }
}

/** yauzl checks sizes, but not checksums. */
async function* unzipped(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Uint8Array> {
  const stream = await reading(() => zip.openReadStreamPromise(entry));
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let checksum = 0;
  try {
    for (;;) {
      const next = await reading(() => chunks.next());
      if (next.done) break;
      checksum = crc32(next.value, checksum);
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
  if (checksum !== entry.crc32) throw new DamagedArchive('a checksum is wrong');
}

const files = ['File', 'OldFile', 'ContiguousFile'];
const folders = ['Directory', 'GNUDumpDir'];

/** @throws DamagedArchive; errors of `visit` */
export async function eachInTar(path: string, visit: Visit): Promise<void> {
  const parser = new Parser({ strict: true });
  const reader: TarReader = {};
  parser.on('error', (error: Error) => {
    reader.fault ??= error;
    reader.entry?.destroy(error); // its content never ends
  });
  // the parser begins the next entry when this one has been read, so at most one with content waits
  let visits = Promise.resolve();
  let refusal: { error: unknown } | undefined;
  parser.on('entry', (entry: ReadEntry) => {
    visits = visits
      .then(async () => {
        if (reader.fault) return;
        await visit(fromTar(reader, entry));
        entry.resume(); // to its end
      })
      .catch((error: unknown) => {
        if (reader.fault) return;
        refusal = { error };
        parser.abort(new Error('an entry has been refused')); // ends `parse`
      });
  });
  const parse = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    const ended = once(parser, 'end'); // rejects with errors of the parser
    ended.catch(() => {}); // awaited below
    for await (const chunk of chunks) {
      if (!parser.write(chunk as Buffer) && !reader.fault) await once(parser, 'drain');
      if (reader.fault) throw reader.fault;
    }
    parser.end();
    await ended;
  };
  try {
    const file = createReadStream(path);
    await reading(async () =>
      (await isGzip(path)) ? pipeline(file, createGunzip(), parse) : pipeline(file, parse),
    );
  } catch (error) {
    if (!reader.fault) parser.abort(error as Error);
    await visits; // nothing is written after the return
    throw refusal ? refusal.error : error;
  }
  await visits;
}

/** The state that the visit of an entry and the parser share. */
interface TarReader {
  /** Why there will be no more content. */
  fault?: Error;
  /** The entry whose next piece is awaited. */
  entry?: ReadEntry | undefined;
}

/** A server may have decompressed the file, because of a header "Content-Encoding: gzip". */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.readUInt16BE() === 0x1f8b;
  } finally {
    await file.close();
  }
}

function fromTar(reader: TarReader, entry: ReadEntry): ArchiveEntry {
  const { path: name, type } = entry;
  const kind = files.includes(type) ? 'file' : folders.includes(type) ? 'folder' : 'other';
  return { name, kind, content: () => untarred(reader, entry) };
}

async function* untarred(reader: TarReader, entry: ReadEntry): AsyncGenerator<Uint8Array> {
  const chunks = entry[Symbol.asyncIterator]();
  for (;;) {
    if (reader.fault) throw reader.fault;
    reader.entry = entry;
    const next = await chunks.next();
    reader.entry = undefined;
    if (next.done) return;
    yield next.value;
  }
}
