/**
 * Files that are there whole or not at all, whatever stops the program: written under another name in the same
 * folder, brought to the disk, then renamed.
 */
import { randomUUID } from 'node:crypto';
import { fsync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** Yarn's Plug'n'Play has no `FileHandle.sync()`. */
const toDisk = promisify(fsync);

/** Writes `path` and creates its folder where needed. */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(unfinished, 'wx');
    try {
      await file.writeFile(content);
      await toDisk(file.fd);
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Brings the new name to the disk too. Windows cannot open folders, and does not need it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await toDisk(folder.fd);
  } finally {
    await folder.close();
  }
}
