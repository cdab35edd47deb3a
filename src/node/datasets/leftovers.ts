/** Removes the files that killed downloads leave in a folder, and finds out whether a dataset is there. */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isUnfinished } from '../files/write-file.js';
import type { PartialFile } from './partial-file.js';

export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
/** An empty folder, which a person may have created, has no dataset. */
export const isPresent = (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.length > 0,
    () => false,
  );

/** Temporary files of atomic writes. */
async function temporaries(target: string, archive: PartialFile): Promise<string[]> {
  const folder = dirname(target);
  const owner = `${basename(archive.path)}.json`;
  return (await readdir(folder))
    .filter((name) => isUnfinished(name, (own) => own === owner))
    .map((name) => join(folder, name));
}

/** Whether there is anything that {@link recover} would remove, next to a dataset. */
export async function hasLeftovers(target: string, archive: PartialFile): Promise<boolean> {
  const folders = await Promise.all([`${target}.unpacking`, `${target}.old`].map(isFolder));
  return (
    folders.includes(true) || (await isWhole(archive)) || (await temporaries(target, archive)).length > 0
  );
}

/**
 * Removes leftovers. If a process was killed while it replaced a folder, the old folder is restored. The bytes of an incomplete
 * download are kept.
 */
export async function recover(target: string, archive: PartialFile): Promise<void> {
  await rm(`${target}.unpacking`, { recursive: true, force: true });
  if (await isFolder(`${target}.old`)) {
    if (await isFolder(target)) await rm(`${target}.old`, { recursive: true, force: true });
    else await rename(`${target}.old`, target);
  }
  for (const path of await temporaries(target, archive)) await rm(path, { force: true });
  // the dataset was unpacked, and the process killed before it removed the archive
  if ((await isPresent(target)) && (await isWhole(archive))) await archive.remove();
}

async function isWhole(archive: PartialFile): Promise<boolean> {
  const { have, origin } = await archive.read();
  return origin?.total !== undefined && have === origin.total;
}
