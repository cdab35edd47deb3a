/** Errors of the disk, in the user's terms. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CycleGANError } from '../../core/errors.js';

const reasons: Partial<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file system allows no file of this size',
  EROFS: 'the disk is read-only',
  EACCES: 'the permission is missing',
  EPERM: 'the permission is missing',
  EIO: 'the disk reports an error',
};

/** Runs `write`. Errors of the disk become a `CycleGANError` that names `path`, and ends in `advice`. */
export async function onDisk<T>(
  where: string,
  path: string,
  advice: string,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === undefined ? undefined : reasons[code];
    if (reason === undefined) throw cause;
    throw new CycleGANError(
      'DISK',
      `${where}: cannot write ${JSON.stringify(path)}: ${reason} (${code}). ${advice}`,
      { cause },
    );
  }
}

/** Throws before anything is written, if the disk of the file `path` has fewer than `needed` bytes. */
export async function requireSpace(
  where: string,
  path: string,
  needed: number,
  advice: string,
): Promise<void> {
  const disk = await statfs(dirname(path)).catch(() => undefined); // not all file systems know
  if (disk === undefined) return;
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  throw new CycleGANError(
    'DISK',
    `${where}: cannot write ${JSON.stringify(path)}: ${needed} bytes are needed, the disk has ${free} bytes left. ${advice}`,
  );
}
