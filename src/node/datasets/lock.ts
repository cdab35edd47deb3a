/** A lock file: one process at a time works on a dataset. If it is killed, the next process removes its lock. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { CycleGANError } from '../../core/errors.js';

interface Owner {
  pid: number;
  host: string;
}

/** Locks of this process. After a restart of a container, the pid of a dead owner may be our own. */
const held = new Set<string>();
/** The owner renews the time of its file. On another host, only this shows that it is alive. */
const renewAfter = 10_000;
const deadAfter = 60_000;

/**
 * Runs `work` with the lock file `path`.
 *
 * @throws CycleGANError `BUSY` with the message `busy`, if another call has the lock
 */
export async function locked<T>(path: string, busy: (owner: string) => string, work: () => Promise<T>) {
  const key = resolve(path);
  if (held.has(key)) throw new CycleGANError('BUSY', busy('this process'));
  held.add(key); // before the file exists, so that no call of this process takes it for a leftover
  try {
    await acquire(path, busy);
    const renewal = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), renewAfter);
    renewal.unref();
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await rm(path, { force: true });
    }
  } finally {
    held.delete(key);
  }
}

async function acquire(path: string, busy: (owner: string) => string): Promise<void> {
  const owner: Owner = { pid: process.pid, host: hostname() };
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(owner), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue; // released in between
    const other = parse(text);
    if (await isAlive(path, other)) {
      const name = other ? `process ${other.pid} on ${other.host}` : 'another process';
      throw new CycleGANError('BUSY', busy(name));
    }
    await removeStale(path, text);
  }
}

function parse(text: string): Owner | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined; // just being written, or cut short by a crash
  }
}

async function isAlive(path: string, owner: Owner | undefined): Promise<boolean> {
  if (owner?.host !== hostname()) {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs < (owner ? deadAfter : 2000);
  }
  if (owner.pid === process.pid) return false; // this call holds the key, so the file is older than this process
  try {
    process.kill(owner.pid, 0); // sends nothing
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // of another user
  }
}

/** Moves the file before it is removed, so that only one of two processes removes it, and never a new lock. */
async function removeStale(path: string, text: string): Promise<void> {
  const moved = `${path}.${randomUUID()}.tmp`;
  try {
    await rename(path, moved);
  } catch {
    return; // another process was faster
  }
  const isNew = (await readFile(moved, 'utf8').catch(() => text)) !== text;
  if (isNew) await rename(moved, path);
  else await rm(moved, { force: true });
}
