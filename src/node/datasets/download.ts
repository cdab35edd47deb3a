/** Gets a public dataset: downloads the archive, checks it, unpacks it, and gives the folder its name when it is whole. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { flag, resolveOptions, optional, satisfying, show, text, withDefault } from '../../core/options.js';
import { onDisk } from './disk.js';
import { locked } from './lock.js';
import { partialFile, type PartialFile } from './partial-file.js';
import { type Dataset, findDataset } from './table.js';
import { patience, type Patience, transfer } from './transfer.js';
import { unpack, type UnpackLimits, unpackLimits } from './unpack.js';

/** What {@link downloadDataset} is doing. */
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

/** Options of {@link downloadDataset}. */
export interface DownloadOptions {
  /**
   * The folder that gets a folder with the name of the dataset.
   * @default '.'
   */
  folder?: string;
  /**
   * Downloads the dataset again if it is there. The old folder is replaced when the new one is whole.
   * @default false
   */
  force?: boolean;
  /**
   * Address of a mirror: the archive is `<url>/<file>`, for example `<url>/horse2zebra.zip`. Sizes and checksums are not compared with
   * those of the authors' archives.
   * @default the environment variable TS_CYCLEGAN_DATASETS_URL or, without it, the authors' servers
   */
  url?: string;
  /** Is called for each received or unpacked piece. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Ends the download. The bytes are kept, and the next call resumes. */
  signal?: AbortSignal;
}

const isHttp = (value: unknown) =>
  typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
const isFunction = (value: unknown) => typeof value === 'function';
const entries = {
  folder: withDefault(text(), '.'),
  force: withDefault(flag(), false),
  url: optional(satisfying<string>(isHttp, 'an address that begins with http:// or https://')),
  onProgress: optional(satisfying<(progress: DownloadProgress) => void>(isFunction, 'a function')),
  signal: optional(satisfying<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
};

const where = 'downloadDataset';
const variable = 'TS_CYCLEGAN_DATASETS_URL';

/**
 * Downloads a public dataset and unpacks it into a folder of its name. Returns at once if the folder is there.
 *
 * A download that was cut, aborted or killed is resumed by the next call. Until the folder is whole, its parts have other names:
 * `<name>.zip.part` or `<name>.tar.gz.part` for the archive, with its facts in a `.json` file, and `<name>.unpacking`. The archive is
 * removed at the end. Links, paths out of the folder and bombs in the archive are refused.
 *
 * @param name one of {@link datasets}
 * @returns path of the folder, for example `horse2zebra` with `trainA`, `trainB`, `testA` and `testB`
 * @throws CycleGANError `INVALID_ARGUMENT` for an unknown name, `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNSUPPORTED` for a dataset that its
 * authors no longer offer, `BUSY` if another process downloads it into the same folder, `NOT_FOUND` if no server has it, `NETWORK`,
 * `DISK` if the disk is full, `INVALID_DATA` for an archive that is damaged, changed or malicious; the reason of `signal`
 * @example
 * ```ts
 * import { downloadDataset } from 'ts-cyclegan/node';
 * const get = () =>
 *   downloadDataset('horse2zebra', {
 *     folder: 'data',
 *     onProgress: ({ phase, bytes, total }) => console.log(phase, bytes, total),
 *   });
 * ```
 */
export async function downloadDataset(name: string, options: DownloadOptions = {}): Promise<string> {
  const dataset = findDataset(where, name);
  const settings = resolveOptions(where, entries, options);
  const base = settings.url ?? fromEnvironment();
  if (base !== undefined) {
    // the mirror may have another archive of this name, so size and checksum do not apply
    const { bytes: _, sha256: __, mirror: ___, ...rest } = dataset;
    return obtain({ ...rest, url: `${base.replace(/\/+$/, '')}/${dataset.file}` }, settings);
  }
  return obtain(dataset, settings);
}

function fromEnvironment(): string | undefined {
  const value = process.env[variable];
  if (value === undefined || value === '') return undefined;
  if (isHttp(value)) return value;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: the environment variable ${variable} must be an address that begins with http:// or https://, got ${show(value)}.`,
  );
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
  if (!force && (await isPresent(target))) {
    settings.onProgress?.({ phase: 'present', bytes: 0 });
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
  const busy = (owner: string) =>
    `${where}: ${owner} is downloading ${show(name)} into ${show(folder)}. Wait until it has ended. ` +
    `If there is no such process, remove ${show(`${target}.lock`)}.`;
  return onDisk(where, target, advice, () =>
    locked(`${target}.lock`, busy, async () => {
      await recover(target);
      if (!force && (await isPresent(target))) return target; // another process has just ended
      const urls = [url, ...(mirror === undefined ? [] : [mirror])];
      await download(dataset, urls, settings, tuning);
      return target;
    }),
  );
}

async function download(
  { name, file, bytes, sha256 }: Dataset,
  urls: readonly string[],
  { folder, onProgress, signal }: Settings,
  tuning: Tuning,
): Promise<void> {
  const target = join(folder, name);
  const archive = partialFile(join(folder, `${name}${file.slice(file.indexOf('.'))}.part`));
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

/** Removes what a killed process has left. If it was killed between both steps of {@link replace}, the old folder comes back. */
async function recover(target: string): Promise<void> {
  await rm(`${target}.unpacking`, { recursive: true, force: true });
  if (!(await isFolder(`${target}.old`))) return;
  if (await isFolder(target)) await rm(`${target}.old`, { recursive: true, force: true });
  else await rename(`${target}.old`, target);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
/** An empty folder, which a person may have created, has no dataset. */
const isPresent = (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.length > 0,
    () => false,
  );
