/**
 * Unpacks an archive from the network. Nothing is written outside the folder. Links and devices, bombs and names that occur twice
 * are refused.
 */
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { type ArchiveEntry, DamagedArchive, eachInTar, eachInZip } from './archive.js';
import { onDisk } from './disk.js';

export interface UnpackLimits {
  /** Unpacked bytes for each byte of the archive. Images are compressed already: those of the public datasets have below 2. */
  ratio: number;
  /** Unpacked bytes that are allowed in any case. */
  floor: number;
  /** Files and folders. */
  entries: number;
}
export const unpackLimits: UnpackLimits = { ratio: 20, floor: 2 ** 24, entries: 2_000_000 };

export interface Unpacking {
  where: string;
  /** Name of the dataset, for messages. */
  name: string;
  /** A `.zip`, or a `.tar.gz` by the name `file`. */
  archive: string;
  /** Name of the archive on the server. */
  file: string;
  /** A folder that is empty or does not exist. */
  folder: string;
  limits: UnpackLimits;
  signal?: AbortSignal | undefined;
  onBytes(unpacked: number): void;
}

/** @throws CycleGANError `INVALID_DATA` for an archive that is refused or damaged, `DISK`; the reason of `signal` */
export async function unpack(job: Unpacking): Promise<void> {
  const { size } = await stat(job.archive);
  const most = Math.max(job.limits.floor, size * job.limits.ratio);
  let [bytes, entries] = [0, 0];

  const visit = async (entry: ArchiveEntry): Promise<void> => {
    job.signal?.throwIfAborted();
    const name = entry.name.replace(/\/+$/, '');
    const fault = faultOf(name, entry.kind);
    if (fault !== undefined) throw refusal(job, `the entry ${show(entry.name)} ${fault}`);
    if (++entries > job.limits.entries) {
      throw refusal(job, `it has more than ${job.limits.entries} files and folders`);
    }
    const path = join(job.folder, name);
    await once(job, entry, async () => {
      if (entry.kind === 'folder') {
        await mkdir(path, { recursive: true });
        return;
      }
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'wx');
      try {
        for await (const chunk of entry.content()) {
          job.signal?.throwIfAborted();
          bytes += chunk.length;
          if (bytes > most) throw refusal(job, `its ${size} bytes unpack to more than ${most} bytes`);
          await file.writeFile(chunk);
          job.onBytes(bytes);
        }
      } finally {
        await file.close();
      }
    });
  };
  try {
    await saving(job, () => mkdir(job.folder, { recursive: true }));
    await (job.file.endsWith('.zip') ? eachInZip : eachInTar)(job.archive, visit);
    if (entries === 0) throw refusal(job, 'it has no files');
  } catch (error) {
    if (!(error instanceof DamagedArchive)) throw error;
    throw refusal(job, `it is damaged: ${error.message.replace(/\.$/, '')}`, error);
  }
}

/** Why an entry is refused. */
function faultOf(name: string, kind: ArchiveEntry['kind']): string | undefined {
  if (kind === 'other') return 'is a link or a special file';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (/[\0-\x1f]/.test(name)) return 'has a control character in its name';
  if (name === '' || /^(?:\/|[a-z]:)/i.test(name)) return 'is not a relative path';
  return name.split('/').includes('..') ? 'leads out of the folder' : undefined;
}

const occupied = ['EEXIST', 'ENOTDIR', 'EISDIR'];

/** The file system knows which names are equal, for example `a.jpg` and `A.jpg` on Windows. */
async function once(job: Unpacking, entry: ArchiveEntry, write: () => Promise<void>): Promise<void> {
  try {
    await saving(job, write);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof CycleGANError || !occupied.includes(code ?? '')) throw error;
    throw refusal(job, `the entry ${show(entry.name)} occurs twice`, error);
  }
}

const saving = <T>(job: Unpacking, write: () => Promise<T>) =>
  onDisk(
    job.where,
    job.folder,
    'The archive is kept. Make space or choose another folder, then try again.',
    write,
  );

const refusal = ({ where, name }: Unpacking, reason: string, cause?: unknown) =>
  new CycleGANError(
    'INVALID_DATA',
    `${where}: the archive of ${show(name)} is refused, because ${reason}. The archive has been removed; ` +
      'try again, or use another mirror (option "url").',
    { cause },
  );
