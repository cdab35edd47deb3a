/** Downloads an archive, checks it, unpacks it, and gives the folder its name when it is complete. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { takeLock } from '../files/lock.js';
import { onDisk } from './disk.js';
import { hasLeftovers, isFile, isFolder, isPresent, recover } from './leftovers.js';
import { partialFile, type PartialFile } from './partial-file.js';
import type { Dataset } from './table.js';
import { patience, type Patience, transfer } from './transfer.js';
import { unpack, type UnpackLimits, unpackLimits } from './unpack.js';

/** Name of the public function, for messages. */
export const where = 'downloadDataset';

/** The progress of {@link downloadDataset}. */
export interface DownloadProgress {
  /**
   * - `'download'`: `bytes` of `total` bytes of the archive are on the disk.
   * - `'retry'`: the connection failed because of `reason`, and will be tried again.
   * - `'verify'`: the checksum is computed.
   * - `'unpack'`: `bytes` have been unpacked.
   * - `'present'`: the dataset is there already. Nothing is downloaded.
   */
  readonly phase: 'download' | 'retry' | 'verify' | 'unpack' | 'present';
  /** Bytes that have been processed in this phase, or downloaded so far. */
  readonly bytes: number;
  /** Size of the archive in bytes, if known. */
  readonly total?: number;
  /** Why the connection failed. */
  readonly reason?: string;
}

interface Settings {
  readonly folder: string;
  readonly force: boolean;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Limits that only tests change. */
export interface Tuning {
  patience: Patience;
  limits: UnpackLimits;
}

/** {@link downloadDataset} for any dataset. */
export async function obtain(
  dataset: Dataset,
  settings: Settings,
  tuning: Tuning = { patience, limits: unpackLimits },
): Promise<string> {
  const { name, url, mirror, licence, source } = dataset;
  const { folder, force, signal } = settings;
  const target = join(folder, name);
  signal?.throwIfAborted();
  if (await isFile(target)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: ${show(target)} must become a folder, but is a file. Remove it, or choose another folder.`,
    );
  }
  const archive = partialFile(join(folder, `${name}${dataset.file.slice(dataset.file.indexOf('.'))}.part`));
  const busy = (holder: string) =>
    `${where}: ${holder} is downloading ${show(name)} into ${show(folder)}. Wait until it has ended. ` +
    `If there is no such process, remove ${show(`${target}.lock`)}.`;
  const alone = async (work: () => Promise<void>) => {
    const lock = takeLock(`${target}.lock`, busy);
    const renewal = setInterval(() => lock.renew(), 30_000).unref();
    try {
      await work();
    } finally {
      clearInterval(renewal);
      lock.release();
    }
  };
  if (!force && (await isPresent(target))) {
    settings.onProgress?.({ phase: 'present', bytes: 0 });
    if (await hasLeftovers(target, archive)) {
      await alone(() => recover(target, archive)).catch((error: unknown) => {
        if (!isCycleGANError(error, 'BUSY')) throw error; // they belong to a running download
      });
    }
    return target;
  }
  if (url === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: ${show(name)} cannot be downloaded: ${licence} Source: ${source}`,
    );
  }
  const advice = 'Choose another folder.';
  await onDisk(where, folder, advice, () => mkdir(folder, { recursive: true }));
  await onDisk(where, target, advice, () =>
    alone(async () => {
      await recover(target, archive);
      if (!force && (await isPresent(target))) return; // another process has just ended
      const urls = [url, ...(mirror === undefined ? [] : [mirror])];
      await download(dataset, urls, archive, settings, tuning);
    }),
  );
  return target;
}

async function download(
  { name, file, bytes, sha256 }: Dataset,
  urls: readonly string[],
  archive: PartialFile,
  { folder, onProgress, signal }: Settings,
  tuning: Tuning,
): Promise<void> {
  const target = join(folder, name);
  let have = 0;
  await transfer({
    where,
    urls,
    file: archive,
    bytes,
    signal,
    patience: tuning.patience,
    onBytes(received, total) {
      have = received;
      onProgress?.({ phase: 'download', bytes: received, ...(total !== undefined && { total }) });
    },
    onRetry: (reason) => onProgress?.({ phase: 'retry', bytes: have, reason }),
  });
  if (sha256 !== undefined) {
    onProgress?.({ phase: 'verify', bytes: 0, ...(bytes !== undefined && { total: bytes }) });
    await verify(name, archive, sha256, signal);
  }
  const unpacked = `${target}.unpacking`;
  try {
    await unpack({
      where,
      name,
      archive: archive.path,
      file,
      folder: unpacked,
      limits: tuning.limits,
      signal,
      onBytes: (done) => onProgress?.({ phase: 'unpack', bytes: done }),
    });
    await replace(await innermost(unpacked), target);
  } catch (error) {
    if ((error as CycleGANError).code === 'INVALID_DATA') await archive.remove();
    throw error;
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  await archive.remove();
}

async function verify(
  name: string,
  archive: PartialFile,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(archive.path)) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  const got = hash.digest('hex');
  if (got === sha256) return;
  await archive.remove();
  throw new CycleGANError(
    'INVALID_DATA',
    `${where}: the archive of ${show(name)} has the SHA-256 ${got}, expected ${sha256}. It was damaged on the way, or has ` +
      'changed on the server. The archive has been removed; try again, or use another mirror (option "url").',
  );
}

/** Archives have one folder at the top, which has the images; some have files of macOS next to it. */
async function innermost(folder: string): Promise<string> {
  const found = (await readdir(folder, { withFileTypes: true })).filter(
    ({ name }) => !name.startsWith('.') && name !== '__MACOSX',
  );
  const [first] = found;
  return found.length === 1 && first!.isDirectory() ? join(folder, first!.name) : folder;
}

/** Moves `from` to `target`. An old folder is moved aside first, since it cannot be replaced in one step. */
async function replace(from: string, target: string): Promise<void> {
  const old = `${target}.old`;
  if (await isFolder(target)) await rename(target, old);
  await rename(from, target);
  await rm(old, { recursive: true, force: true });
}
