/**
 * Atomic writes: a file is written under another name in the same folder, flushed to the disk, then renamed. If the program is
 * killed, the file has either the old or the new content.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, fsync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Writes a file, and creates its folder if needed. If the path is a symbolic link, its target is replaced.
 *
 * @param content bytes, text, or bytes in parts that are written one after another
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string | readonly Uint8Array[],
): Promise<void> {
  await makeFolder(dirname(path));
  const target = await realpath(path).catch(() => path);
  const unfinished = `${target}.${randomUUID()}.tmp`;
  try {
    const file = await open(unfinished, 'wx');
    try {
      for (const part of isParts(content) ? content : [content]) await file.writeFile(part);
      await flush(file);
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await flushFolder(dirname(target));
}

/** Creates a folder and its parents. On a read-only disk Node reports ENOENT for that, so the reason is asked for once more. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    let missing = path;
    while (dirname(missing) !== missing && !existsSync(dirname(missing))) missing = dirname(missing);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') await mkdir(missing);
    throw error;
  }
}

const isParts = (content: unknown): content is readonly Uint8Array[] => Array.isArray(content);

/** Error codes of file systems that cannot flush, such as network shares and FUSE mounts. Disk errors have other codes. */
const cannotFlush = [
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'ENOTTY',
  'EPERM',
  'EACCES',
  'EBADF',
  'EISDIR',
];

async function unlessUnsupported(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!cannotFlush.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const toDisk = promisify(fsync);

/** Yarn's Plug'n'Play does not implement `FileHandle.sync()`, and throws an error without a code. */
const flush = (file: FileHandle): Promise<void> =>
  unlessUnsupported(async () => {
    try {
      await file.sync();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
      await toDisk(file.fd);
    }
  });

/** Flushes the new name of the file. Windows cannot open folders, and does not require it. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await unlessUnsupported(async () => {
    const folder = await open(path, 'r');
    try {
      await flush(folder);
    } finally {
      await folder.close();
    }
  });
}

/** Younger files may belong to a running save of another process. */
const leftoverAge = 10 * 60_000;

/**
 * Removes leftover files of killed programs from `folder`. Files younger than ten minutes are kept.
 *
 * @param fresh a file that was just written: its time is the present time of the file system's clock
 */
export async function removeLeftovers(
  folder: string,
  isLeftover: (name: string) => boolean,
  fresh: string,
): Promise<void> {
  const { mtimeMs: now } = await stat(fresh);
  for (const name of (await readdir(folder)).filter(isLeftover)) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > leftoverAge)
      await rm(join(folder, name), { force: true });
  }
}

/** Whether `name` is a temporary file of {@link writeFileAtomically} for a file name that passes `isTarget`. */
export function isUnfinished(name: string, isTarget: (name: string) => boolean): boolean {
  const [, target] = /^(.+)\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/.exec(name) ?? [];
  return target !== undefined && isTarget(target);
}
