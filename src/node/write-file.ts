/**
 * Files that are there whole or not at all, whatever stops the program: written under another name in the same
 * folder, flushed to the disk, then renamed.
 */
import { randomUUID } from 'node:crypto';
import { fsync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Writes `path` and creates its folder where needed. A symbolic link stays one: the file behind it is replaced. */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const target = await realpath(path).catch(() => path);
  const unfinished = `${target}.${randomUUID()}.tmp`;
  try {
    const file = await open(unfinished, 'wx');
    try {
      await file.writeFile(content);
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

/** What file systems answer that cannot flush: many network shares and FUSE mounts. Disk errors are none of these. */
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

/** `FileHandle.sync()` of Yarn's Plug'n'Play is not implemented, and throws an error without a code. */
const flush = (file: FileHandle): Promise<void> =>
  unlessUnsupported(async () => {
    try {
      await file.sync();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
      await toDisk(file.fd);
    }
  });

/** Flushes the new name too. Windows cannot open folders, and does not need it. */
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

/** Younger files may belong to a save that is still under way in another process. */
const leftoverAge = 10 * 60_000;

/**
 * Removes the files of `folder` that killed programs left behind: those whose names `isLeftover`, unless they are
 * younger than ten minutes by the clock of the file system, which `fresh`, a file just written, tells.
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

/** Whether `name` is an unfinished file of {@link writeFileAtomically} for a path whose name passes `isTarget`. */
export function isUnfinished(name: string, isTarget: (name: string) => boolean): boolean {
  const [, target] = /^(.+)\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/.exec(name) ?? [];
  return target !== undefined && isTarget(target);
}
